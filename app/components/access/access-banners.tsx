import { Link, useRouteLoaderData } from '@remix-run/react';
import { ToneIcon } from '../tone.tsx';
import { usePerson } from './person.ts';

/** Above every page: what somebody has to do before their role counts, and what is wrong with how people reach the app. */
export function AccessBanners() {
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
