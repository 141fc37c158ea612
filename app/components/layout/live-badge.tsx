import { durationText } from '../../lib/words.ts';
import type { Live } from './live.ts';

/** Whether what is on the page is what is true now. */
export function LiveBadge({ live: { state, forMs } }: { live: Live }) {
  if (state === 'silent' || state === 'unread') {
    return (
      <p className="oc-live oc-live-stale" role="alert">
        <span className="oc-live-dot" aria-hidden="true" />
        <span>
          {state === 'silent' ? (
            <>
              Not live: reconnecting… <span aria-hidden="true">last sign {durationText(forMs)} ago</span>
            </>
          ) : (
            <>
              Not live: the latest could not be loaded{' '}
              <span aria-hidden="true">for {durationText(forMs)}</span>
            </>
          )}
        </span>
      </p>
    );
  }
  return (
    <p className={`oc-live oc-live-${state}`}>
      <span className="oc-live-dot" aria-hidden="true" />
      {state === 'live' ? (
        'Live'
      ) : (
        <>
          <noscript>Reload to update</noscript>
          <span className="oc-js">Connecting…</span>
        </>
      )}
    </p>
  );
}
