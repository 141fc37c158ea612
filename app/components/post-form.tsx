import { Form, useLocation, useNavigation } from '@remix-run/react';
import type { ReactNode } from 'react';

interface PostFormProps {
  action: string;
  fields?: Record<string, string>;
  children: ReactNode | ((busy: boolean) => ReactNode);
  className?: string;
  /** Where to come back to; this page unless told otherwise. */
  returnTo?: string;
}

/** A form that does something and comes back to this page with a notice; the same with and without JavaScript. */
export function PostForm({ action, fields = {}, children, className, returnTo }: PostFormProps) {
  const { pathname, search } = useLocation();
  const navigation = useNavigation();
  const busy =
    navigation.formAction === action &&
    Object.entries(fields).every(([name, value]) => navigation.formData?.get(name) === value);
  return (
    <Form method="post" action={action} preventScrollReset className={className}>
      <input type="hidden" name="returnTo" value={returnTo ?? pathname + search} />
      {Object.entries(fields).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      {typeof children === 'function' ? children(busy) : children}
    </Form>
  );
}
