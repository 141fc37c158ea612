import type { MetaFunction } from '@remix-run/node';
import { pageMeta } from '../components/layout/shell-state.tsx';

export const meta: MetaFunction = (args) => pageMeta(args, 'Not found');

/** Whatever no other route takes: the root's error page says so. */
export function loader(): never {
  throw new Response(null, { status: 404, statusText: 'Not Found' });
}

export default function NotFound() {
  return null;
}
