import { isRouteErrorResponse, useParams, useRouteError } from '@remix-run/react';
import { refusedPage } from './access/refused-page.tsx';
import { TroublePage } from './trouble-page.tsx';

interface EntryTroubleProps {
  /** What the address names by its number, e.g. "incident". */
  noun: string;
  /** Said after "The number may be mistyped." */
  kept?: string;
  title: string;
  /** Said after "The database does not answer, or something failed." */
  effect: string;
}

/** What the page of one entry shows instead of it: that it was refused, is not there, or cannot be read now. */
export function EntryTrouble({ noun, kept, title, effect }: EntryTroubleProps) {
  const error = useRouteError();
  const { id = '' } = useParams();
  const refused = refusedPage(error);
  if (refused) return refused;
  if (isRouteErrorResponse(error) && error.status === 404)
    return (
      <TroublePage
        title={`There is no ${noun} ${id}`}
        sentence={['The number may be mistyped.', kept].filter(Boolean).join(' ')}
      />
    );
  return (
    <TroublePage
      title={title}
      sentence={`The database does not answer, or something failed. ${effect}`}
      retry
    />
  );
}
