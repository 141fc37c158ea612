import { Form, useLocation, useNavigation } from '@remix-run/react';
import { Icon, type IconSource } from '@shopify/polaris';
import { type ButtonHTMLAttributes, type ReactNode, useEffect, useRef } from 'react';
import { useMay } from '../layout/person.tsx';

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

interface SubmitButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: 'primary' | 'secondary' | 'critical' | 'plain';
  size?: 'slim' | 'medium' | 'large';
  icon?: IconSource;
}

const LOOKS = {
  primary: 'Polaris-Button--variantPrimary',
  secondary: 'Polaris-Button--variantSecondary',
  critical: 'Polaris-Button--variantPrimary Polaris-Button--toneCritical',
  plain: 'Polaris-Button--variantTertiary',
};
const SIZES = {
  slim: 'Polaris-Button--sizeSlim',
  medium: 'Polaris-Button--sizeMedium',
  large: 'Polaris-Button--sizeLarge',
};

/** A submit button that looks like Polaris' own, which passes on neither `name` nor `form` nor `formAction`. */
export function SubmitButton({
  look = 'secondary',
  size = 'medium',
  icon,
  children,
  ...rest
}: SubmitButtonProps) {
  const disabled = rest.disabled ? 'Polaris-Button--disabled' : '';
  const { state, formMethod } = useNavigation();
  // Disabled for real, the button that was just pressed would drop the focus.
  const waits = rest.disabled && state !== 'idle' && formMethod === 'POST';
  const waiting: ButtonHTMLAttributes<HTMLButtonElement> = {
    disabled: false,
    'aria-disabled': true,
    onClick: (event) => event.preventDefault(),
  };
  return (
    <button
      type="submit"
      {...rest}
      {...(waits && waiting)}
      className={`Polaris-Button Polaris-Button--pressable ${LOOKS[look]} ${SIZES[size]} Polaris-Button--textAlignCenter ${icon ? 'Polaris-Button--iconWithText' : ''} ${disabled} oc-button`}
    >
      {icon && (
        <span className="Polaris-Button__Icon" aria-hidden="true">
          <Icon source={icon} />
        </span>
      )}
      <span className="Polaris-Text--root Polaris-Text--bodySm Polaris-Text--medium">{children}</span>
    </button>
  );
}

/** Registers our webhook in Chatwoot again; for admins, others are told whom to ask where it stands. */
export function RegisterAgain({ prominent = false }: { prominent?: boolean }) {
  if (!useMay('settings.manage')) return null;
  return (
    <PostForm action="/api/arrival/register">
      {(busy) => (
        <SubmitButton size="slim" look={prominent ? 'primary' : 'secondary'} disabled={busy}>
          Register again
        </SubmitButton>
      )}
    </PostForm>
  );
}
