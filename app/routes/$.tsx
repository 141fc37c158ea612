import type { MetaFunction } from '@remix-run/node';

export const meta: MetaFunction = () => [{ title: 'Not found · Outage Center' }];

/** Whatever no other route takes: the root's error page says so. */
export function loader(): never {
  throw new Response(null, { status: 404, statusText: 'Not Found' });
}

export default function NotFound() {
  return null;
}
