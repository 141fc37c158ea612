import { AppProvider } from '@shopify/polaris';
import en from '@shopify/polaris/locales/en.json';
import { Link as RemixLink } from '@remix-run/react';
import type { AnchorHTMLAttributes, ReactNode } from 'react';

type LinkProps = AnchorHTMLAttributes<HTMLAnchorElement> & { url: string; external?: boolean };

/** Lets Polaris' links and buttons navigate without reloading the page. */
function PolarisLink({ url, external, children, ...rest }: LinkProps) {
  if (external || url.startsWith('#')) {
    return (
      <a href={url} {...rest}>
        {children}
      </a>
    );
  }
  return (
    <RemixLink to={url} {...rest}>
      {children}
    </RemixLink>
  );
}

export function AppFrame({ children }: { children: ReactNode }) {
  return (
    <AppProvider i18n={en} linkComponent={PolarisLink}>
      {children}
    </AppProvider>
  );
}
