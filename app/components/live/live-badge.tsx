import { durationText } from '../../features/overview/words.ts';
import { useLive } from './use-live.ts';

/** Keeps the page up to date, and says whether what is on it is what is true now. */
export function LiveBadge() {
  const { state, forMs } = useLive();
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
              Not live: nothing new could be read <span aria-hidden="true">for {durationText(forMs)}</span>
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
          <noscript>Reload for news</noscript>
          <span className="oc-js">Connecting…</span>
        </>
      )}
    </p>
  );
}
