import { Link, useRouteLoaderData } from '@remix-run/react';
import type { FallbackState } from '../../features/fallback/fallback-view.ts';
import { formatUtc } from '../format.ts';
import { ToneIcon } from '../tone.tsx';

/** Above every page while fallback mode is on. */
export function FallbackBanner() {
  const data = useRouteLoaderData<{ fallback?: FallbackState | null }>('root');
  const fallback = data?.fallback;
  if (fallback?.state !== 'on') return null;
  return (
    <div className="oc-banner oc-band-warning" role="region" aria-label="Fallback mode">
      <ToneIcon tone="warning" />
      <p>
        <strong>Fallback mode is on: answer by hand.</strong> AI drafts wait
        {fallback.since && <>, since {formatUtc(fallback.since)}</>}
        {fallback.by && <>, by {fallback.by}</>}.
      </p>
      <Link to="/fallback">See what to do</Link>
    </div>
  );
}
