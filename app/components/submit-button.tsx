import { Icon, type IconSource } from '@shopify/polaris';
import type { ButtonHTMLAttributes } from 'react';

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
  return (
    <button
      type="submit"
      {...rest}
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
