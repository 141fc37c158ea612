import { Link } from '@remix-run/react';

/** To where a step is done: a page of this app, or another site. */
export function StepLink({ link }: { link: { to: string; label: string } }) {
  return link.to.startsWith('/') ? (
    <Link to={link.to} className="oc-link">
      {link.label}
    </Link>
  ) : (
    <a href={link.to} className="oc-link" rel="noreferrer">
      {link.label}
    </a>
  );
}
