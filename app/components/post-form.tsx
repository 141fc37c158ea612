import { Form, useLocation, useNavigation } from '@remix-run/react';
import { useEffect, useRef, type ReactNode } from 'react';

interface PostFormProps {
  action: string;
  fields?: Record<string, string>;
  children: ReactNode | ((busy: boolean) => ReactNode);
  className?: string;
  /** For fields that stand outside of it. */
  id?: string;
  /** Where to come back to; this page unless told otherwise. */
  returnTo?: string;
  /** Empties the fields once what was in them has been sent. */
  resets?: boolean;
}

/** A form that does something and comes back to this page with a notice; the same with and without JavaScript. */
export function PostForm({ action, fields = {}, children, className, id, returnTo, resets }: PostFormProps) {
  const { pathname, search } = useLocation();
  const navigation = useNavigation();
  const busy =
    navigation.formAction === action &&
    Object.entries(fields).every(([name, value]) => navigation.formData?.get(name) === value);
  const form = useRef<HTMLFormElement>(null);
  const wasBusy = useRef(false);
  useEffect(() => {
    if (resets && wasBusy.current && !busy) form.current?.reset();
    wasBusy.current = busy;
  }, [resets, busy]);
  return (
    <Form method="post" action={action} preventScrollReset className={className} id={id} ref={form}>
      <input type="hidden" name="returnTo" value={returnTo ?? pathname + search} />
      {Object.entries(fields).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      {typeof children === 'function' ? children(busy) : children}
    </Form>
  );
}
