import { durationText } from '../../features/overview/words.ts';
import { useLive } from './use-live.ts';

/** Keeps the page up to date, and says whether what is on it is what is true now. */
export function LiveBadge() {
  const { state, silentMs } = useLive();
  if (state === 'stale') {
    return (
      <p className="oc-live oc-live-stale" role="alert">
        <span className="oc-live-dot" aria-hidden="true" />
        <span>
          Not live: reconnecting… <span aria-hidden="true">last sign {durationText(silentMs)} ago</span>
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
