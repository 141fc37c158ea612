import { isRouteErrorResponse } from '@remix-run/react';
import type { ReactNode } from 'react';
import { TroublePage } from '../trouble-page.tsx';

/** What a page shows instead of itself when the server refused; null for any other trouble. */
export function refusedPage(error: unknown): ReactNode {
  if (!isRouteErrorResponse(error)) return null;
  if (error.status === 401)
    return (
      <TroublePage title="You are signed out" sentence="Sign in again, then repeat what you did." signIn />
    );
  const { title, detail, code } = problemOf(error.data);
  if (code === 'second_factor_needed' && title && detail)
    return <TroublePage title={title} sentence={detail} />;
  if (error.status === 403)
    return (
      <TroublePage
        title="Your role does not allow this"
        sentence="Nothing was changed. An admin can change your role on the page People."
      />
    );
  if (error.status === 405)
    return (
      <TroublePage title="Nothing was done" sentence="This page takes no form. Open it and try again." />
    );
  return title && detail ? <TroublePage title={title} sentence={detail} /> : null;
}

/** Problem details, which arrive as a text. */
function problemOf(data: unknown): { title?: string; detail?: string; code?: string } {
  try {
    return (JSON.parse(String(data)) as object | null) ?? {};
  } catch {
    return {};
  }
}
