import { Link, useLocation, useRouteLoaderData } from '@remix-run/react';
import type { FallbackState } from '../../features/fallback/fallback-view.ts';
import { Moment } from '../time.tsx';
import { ToneIcon } from '../tone.tsx';
import { leadsElsewhere } from './next-step.tsx';
import { usePerson } from './person.tsx';

/** What stands above every page while it lasts: fallback mode, what is wrong with access. */
export function Banners() {
  return (
    <div className="oc-banners">
      <AccessBanners />
      <FallbackBanner />
    </div>
  );
}

/** Above every page: what somebody has to do before their role counts, and what is wrong with how people reach the app. */
function AccessBanners() {
  const person = usePerson();
  const proxy = useRouteLoaderData<{ proxy?: string | null }>('root')?.proxy;
  return (
    <>
      {person?.needsSecondFactor && (
        <div className="oc-banner oc-band-warning" role="region" aria-label="Second factor">
          <ToneIcon tone="warning" />
          <p>
            <strong>Turn on your second factor.</strong> Admins need one here; until then you may do what a
            viewer may.
          </p>
          <Link to="/account#second-factor">Turn it on</Link>
        </div>
      )}
      {proxy && (
        <div className="oc-banner oc-band-warning" role="region" aria-label="Proxy">
          <ToneIcon tone="warning" />
          <p>{proxy}</p>
        </div>
      )}
    </>
  );
}

/** Above every page while fallback mode is on. */
function FallbackBanner() {
  const data = useRouteLoaderData<{ fallback?: FallbackState | null }>('root');
  const leadsOn = leadsElsewhere('/fallback', useLocation());
  const fallback = data?.fallback;
  if (fallback?.state !== 'on') return null;
  return (
    <div className="oc-banner oc-band-warning" role="region" aria-label="Fallback mode">
      <ToneIcon tone="warning" />
      <p>
        <strong>Fallback mode is on: answer by hand.</strong>{' '}
        <span className="oc-banner-more">
          AI drafts wait
          {fallback.since && (
            <>
              , since <Moment at={fallback.since} form="minute" />
            </>
          )}
          {fallback.by && <>, by {fallback.by}</>}.
        </span>
      </p>
      {leadsOn && <Link to="/fallback">See what to do</Link>}
    </div>
  );
}
