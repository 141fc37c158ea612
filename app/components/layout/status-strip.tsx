import { Link, useLocation } from '@remix-run/react';
import type { Shell } from '../../features/overview/shell/shell-view.ts';
import { durationText } from '../../lib/time-words.ts';
import { Countdown, Time } from '../time.tsx';
import type { Live } from './live.ts';
import { NextStepButtons } from './next-step.tsx';
import { MARKS } from './shell-state.tsx';

/** One line above every page: state, incident and its clock, who is on it, and the button of the next step. */
export function StatusStrip({ shell, live }: { shell: Shell | null; live: Live }) {
  return (
    <div className={`oc-strip oc-band-${shell?.tone ?? 'unknown'}`} role="region" aria-label="Status">
      {shell ? <State shell={shell} /> : <Unread />}
      <div className="oc-strip-end">
        <LiveBadge live={live} />
        {shell && <NextStepButtons nextStep={shell.nextStep} brief />}
      </div>
    </div>
  );
}

function State({ shell: { tone, word, since, incident, counts } }: { shell: Shell }) {
  const { pathname } = useLocation();
  return (
    <p className="oc-strip-state">
      <span className="oc-strip-now">
        <Link to="/" className="oc-strip-word" aria-current={pathname === '/' ? 'page' : undefined}>
          <span aria-hidden="true">{MARKS[tone]} </span>
          <strong>{word}</strong>
        </Link>
        {since && (
          <span>
            for <Time at={since} as="for" />
          </span>
        )}
      </span>{' '}
      <span className="oc-strip-on">
        {incident ? (
          <>
            <Link to={`/incidents/${incident.id}`} className="oc-strip-incident">
              {incident.drill && 'Drill: '}
              {incident.title}
              {incident.part && `, ${incident.part}`}
            </Link>
            {!incident.recovered && incident.since !== since && (
              <span>
                for <Time at={incident.since} as="for" />
              </span>
            )}
            <Who incident={incident} />
          </>
        ) : (
          counts.incidents === 0 && 'No incident is open'
        )}
      </span>
    </p>
  );
}

function Who({ incident: { takenBy, recovered, nextCall } }: { incident: NonNullable<Shell['incident']> }) {
  if (recovered) return null;
  if (takenBy)
    return (
      <span className="oc-strip-who">
        <bdi>{takenBy}</bdi> is on it
      </span>
    );
  return (
    <span className="oc-strip-who">
      Nobody is on it
      {nextCall && (
        <span className="oc-strip-call">
          ; {nextCall.role} is told <Countdown to={nextCall.dueAt} />
        </span>
      )}
    </span>
  );
}

const Unread = () => (
  <p className="oc-strip-state">
    <span className="oc-strip-now">
      <span>
        <span aria-hidden="true">? </span>
        <strong>Unknown</strong>
      </span>
    </span>{' '}
    <span className="oc-strip-on">How things stand could not be read.</span>
  </p>
);

/** Whether what is on the page is what is true now. */
function LiveBadge({ live: { state, forMs } }: { live: Live }) {
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
