import { Link } from '@remix-run/react';
import { ArrowLeftIcon } from '@shopify/polaris-icons';
import { Icon } from '@shopify/polaris';

export function BackLink({ to, children }: { to: string; children: string }) {
  return (
    <Link to={to} className="oc-back">
      <span aria-hidden="true">
        <Icon source={ArrowLeftIcon} />
      </span>
      {children}
    </Link>
  );
}
