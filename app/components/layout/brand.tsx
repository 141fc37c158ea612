import { Link } from '@remix-run/react';

/** Name of the app; it leads to the page Now. */
export function Brand() {
  return (
    <Link to="/" className="oc-brand">
      <img src="/favicon.svg" alt="" width="28" height="28" />
      Outage Center
    </Link>
  );
}
