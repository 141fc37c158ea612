import type { FallbackState } from '../../features/fallback/fallback-view.ts';
import { formatUtc } from '../format.ts';
import { Time } from '../time.tsx';
import { ToneIcon } from '../tone.tsx';

/** What it is now, since when, by whom and why. */
export function FallbackHead({
  state,
  firing,
}: {
  state: FallbackState;
  firing: readonly { rule: string; words: string }[];
}) {
  const { since, by, reason, rule } = state;
  const on = state.state === 'on';
  const suggested = !on && firing.length > 0;
  const tone = on || suggested ? 'warning' : 'info';
  return (
    <section className={`oc-verdict oc-band-${tone}`} aria-labelledby="fallback-state">
      <div className="oc-verdict-main">
        <ToneIcon tone={tone} />
        <div>
          <h2 id="fallback-state" className="oc-fallback-state">
            {on
              ? 'On: people answer by hand'
              : suggested
                ? 'Off, but suggested now'
                : 'Off: automation is not paused'}
          </h2>
          {on && since && (
            <p>
              For <Time at={since} as="for" /> (since {formatUtc(since)}),{' '}
              {rule ? `by the rule ${rule}` : `by ${by}`}. {reason && <>Why: {reason}</>}
            </p>
          )}
          {on && (
            <p>
              <a className="oc-link" href="#switch">
                Switch it off
              </a>{' '}
              when the restore checklist is done.
            </p>
          )}
          {!on && since && (
            <p>
              Since <Time at={since} />, by {by}.
            </p>
          )}
          {!on && !since && <p>It has never been on.</p>}
          {suggested && (
            <ul className="oc-plain-list">
              {firing.map(({ rule: name, words }) => (
                <li key={name}>{words}</li>
              ))}
            </ul>
          )}
        </div>
      </div>
    </section>
  );
}
