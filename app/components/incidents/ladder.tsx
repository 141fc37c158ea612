import type { IncidentDetail, LadderRow } from '../../features/incidents/incident-view.ts';
import { countedTimeText } from '../../features/incidents/outage-clock.ts';
import type { OnCallNow } from '../../features/incidents/on-call/on-call-view.ts';
import { Link } from '@remix-run/react';
import { listText } from '../../lib/words.ts';
import { Countdown, Time, useNow } from '../time.tsx';
import { Section } from '../layout/page.tsx';
import { ToneWord } from '../tone.tsx';
import { LADDER_STATE } from './incident-words.ts';

interface LadderProps {
  ladder: LadderRow[];
}

/** Who is told when, and why; the step that is next is marked and counts down. */
export function Ladder({ ladder }: LadderProps) {
  return (
    <>
      <NextTold ladder={ladder} />
      {ladder.length === 0 ? (
        <p className="oc-hint">No step of the escalation policy is meant for an incident like this.</p>
      ) : (
        <table className="oc-table oc-table-text oc-ladder">
          <thead>
            <tr>
              <th scope="col">Who</th>
              <th scope="col">When</th>
              <th scope="col">State</th>
              <th scope="col">Why</th>
            </tr>
          </thead>
          <tbody>
            {ladder.map((row) => (
              <tr key={row.stepId} aria-current={row.state === 'next' ? 'step' : undefined}>
                <th scope="row">
                  {row.role}
                  <Who row={row} />
                </th>
                <td>
                  <When row={row} />
                  <small>after {minutesText(row.afterMinutes)}</small>
                </td>
                <td>
                  <ToneWord tone={LADDER_STATE[row.state].tone}>{LADDER_STATE[row.state].word}</ToneWord>
                </td>
                <td>{row.reason}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

/** The same as a card of its own. */
export function LadderSection({
  incident,
}: {
  incident: Pick<IncidentDetail, 'ladder' | 'startedAt' | 'lulls'>;
}) {
  return (
    <Section
      id="escalation"
      title="Who is told when"
      hint={
        countedTimeText(incident) ??
        'Time counts from the first failed check, or from when the incident began.'
      }
    >
      <Ladder ladder={incident.ladder} />
    </Section>
  );
}

/** "CEO is told in 4:10 because …" */
export function NextTold({ ladder }: { ladder: LadderRow[] }) {
  const next = ladder.find(({ state }) => state === 'next');
  if (!next) return null;
  return (
    <p className="oc-next-told">
      <strong>{next.role}</strong> is told <Countdown to={next.dueAt} /> because of “{next.reason}”.
    </p>
  );
}

/** Whom to call while nobody has taken it. */
export function OnCall({ onCall }: { onCall: OnCallNow[] }) {
  return onCall.map(({ role, names, gap }) => (
    <p key={role} className="oc-incident-line">
      <Link to="/contacts#on-call">On call</Link> as {role}: <b>{gap ? 'nobody' : listText(names)}</b>
      {gap && <small className="oc-gap"> {gap}</small>}
    </p>
  ));
}

function Who({ row }: { row: LadderRow }) {
  if (row.contacts.length === 0) {
    return (
      <small className="oc-gap">
        Nobody to reach for this role: <Link to="/contacts">add an address</Link>.
      </small>
    );
  }
  return (
    <small>
      {row.contacts.map(({ name, channels }, index) => (
        <span key={index} className={channels.length === 0 ? 'oc-gap' : undefined}>
          {name || 'No name yet'}
          {channels.length === 0 ? ': no address yet' : ` by ${listText(channels)}`}
          {index < row.contacts.length - 1 ? '; ' : ''}
        </span>
      ))}
      {row.onCall && (row.onCall.gap ? <span className="oc-gap"> {row.onCall.gap}</span> : ', on call then')}
    </small>
  );
}

export function When({ row }: { row: LadderRow }) {
  if (row.state === 'told' && row.toldAt) return <Time at={row.toldAt} />;
  if (row.state === 'next' || row.state === 'waiting') return <Countdown to={row.dueAt} />;
  if (row.state === 'gap') return <Due at={row.dueAt} />;
  return <>–</>;
}

/** A step that nobody can be told by: until it is due it counts down, then its age is how long somebody was missing. */
function Due({ at }: { at: string }) {
  return Date.parse(at) > useNow() ? <Countdown to={at} /> : <Time at={at} />;
}

const minutesText = (minutes: number) => (minutes === 0 ? '0 min: at once' : `${minutes} min`);
