import { Link } from '@remix-run/react';
import {
  type DrillDetail,
  drillNotice,
  type DrillProgress,
  type DrillSummary,
} from '../../../features/drill/drill-view.ts';
import { compareWith, type Comparison, durationsOf, MEASURED } from '../../../features/drill/durations.ts';
import {
  ACT_WORDS,
  drillState,
  MEASURED_WORDS,
  nextMove,
  publicTextVerdict,
  spanText,
  speedText,
} from './drill-words.ts';
import { SCENARIO_PLANS } from '../../../features/drill/scenarios.ts';
import { countText } from '../../../lib/words.ts';
import { Done, Problem } from '../../forms/form-fields.tsx';
import { PostForm, SubmitButton } from '../../forms/post-form.tsx';
import { DrillBadge, SeverityBadge } from '../../incidents/incident-list.tsx';
import { LadderSection } from '../../incidents/ladder.tsx';
import { NotificationLog } from '../../incidents/notification-log.tsx';
import { Timeline } from '../../incidents/timeline.tsx';
import { AlertWords, BackLink, Page, Section } from '../../layout/page.tsx';
import { useMay } from '../../layout/person.tsx';
import { Said, useNow } from '../../time.tsx';
import { ToneIcon, ToneWord } from '../../tone.tsx';
import { healthOf } from '../health/health-words.ts';

export interface DrillPageProps {
  at: string;
  drill: DrillDetail;
  others: DrillSummary[];
  /** An incident that is none of a drill. */
  real: { id: number; title: string } | null;
  done: string | null;
}

/** One drill: while it runs what to do, afterwards how long it took; and what there is to see in its world. */
export function DrillPage({ at, drill, others, real, done }: DrillPageProps) {
  const notice = drill.endedAt === null ? drillNotice(done) : null;
  const incident = drill.progress?.incidents[0];
  return (
    <Page at={at} live={drill.endedAt === null}>
      <BackLink to="/drill">All drills</BackLink>
      <h1 className="oc-title">
        Drill {drill.id}: {SCENARIO_PLANS[drill.scenario].title}
      </h1>
      <RealIncident real={drill.endedAt === null ? real : null} running />
      <Done text={notice && !notice.refused ? notice.text : null} />
      <Problem>{notice?.refused ? notice.text : null}</Problem>
      <DrillHead drill={drill} />
      <PublicText drill={drill} />
      <DurationsTable drill={drill} others={others} />
      {drill.progress && <World progress={drill.progress} drill={drill} />}
      {incident && (
        <>
          <LadderSection incident={{ ...incident, lulls: incident.lulls ?? [] }} />
          <Timeline lines={incident.timeline} />
          <NotificationLog
            notifications={incident.notifications}
            title="Messages of the drill"
            empty="No message was due: no channel is set up, and nobody of the ladder has an address."
          />
        </>
      )}
    </Page>
  );
}

function World({ progress, drill }: { progress: DrillProgress; drill: DrillDetail }) {
  const { components, incidents, deliveries, fallback } = progress;
  const others = incidents.slice(1);
  return (
    <Section
      id="world"
      title={drill.endedAt ? 'What there was to see at its end' : 'What there is to see in the drill'}
      side={fallback === 'on' ? <ToneWord tone="warning">Fallback mode is on</ToneWord> : undefined}
    >
      {incidents[0] && (
        <p className="oc-row">
          <SeverityBadge severity={incidents[0].severity} />
          <b>{incidents[0].title}</b>
        </p>
      )}
      <AlertWords words={incidents[0]?.alerts.at(-1)?.words ?? ''} />
      {others.length > 0 && <p>Also open: {others.map(({ title }) => title).join('; ')}.</p>}
      <ul className="oc-lines">
        {components.map(({ name, label, state, detail }) => {
          const { tone, word } = healthOf({ state, stale: false });
          return (
            <li key={name}>
              <ToneWord tone={tone}>{word}</ToneWord>
              <p>
                <b>{label}</b>: {detail}
              </p>
            </li>
          );
        })}
      </ul>
      <p className="oc-hint">
        Webhooks of invented customers: {deliveries.delivered} delivered, {deliveries.waiting} waiting,{' '}
        {countText(deliveries.dead, 'dead letter')}.
      </p>
      <DrillActs drill={drill} />
    </Section>
  );
}

/** Where the drill stands, what its clock says, and what to do now. */
function DrillHead({ drill }: { drill: DrillDetail }) {
  const now = useNow();
  const may = useMay('drill.run');
  const { tone, word } = drillState(drill);
  const { sentence, suggested, possible } = nextMove(drill, now - Date.parse(drill.requestedAt));
  return (
    <section className={`oc-verdict oc-band-${tone}`} aria-labelledby="drill-state">
      <div className="oc-verdict-main">
        <ToneIcon tone={tone} />
        <div>
          <h2 id="drill-state" className="oc-fallback-state">
            {word}
          </h2>
          <p>
            <Said text={sentence} />
          </p>
          <p className="oc-row">
            <DrillBadge drill />
            <DrillClock drill={drill} />
            <span>
              {drill.notify === 'marked'
                ? 'Messages really go out, each marked DRILL.'
                : 'Messages are only recorded: nobody is told.'}
            </span>
          </p>
          <p className="oc-hint">
            {SCENARIO_PLANS[drill.scenario].sentence} Begun by {drill.requestedBy}. Nothing of it touches the
            real Chatwoot or Agent service.
          </p>
          {may && possible.length > 0 && (
            <div className="oc-drill-acts">
              {possible.map((act) => (
                <PostForm key={act} action={`/api/drills/${drill.id}/${act}`}>
                  {(busy) => (
                    <SubmitButton look={act === suggested ? 'primary' : 'secondary'} disabled={busy}>
                      {ACT_WORDS[act].button}
                    </SubmitButton>
                  )}
                </PostForm>
              ))}
            </div>
          )}
        </div>
      </div>
    </section>
  );
}

function DrillClock({ drill }: { drill: DrillDetail }) {
  const now = useNow();
  const { brokenAt, endedAt, speed } = drill;
  if (!brokenAt) return <span>Clock {speedText(speed)}</span>;
  const lasts = ((endedAt ? Date.parse(endedAt) : now) - Date.parse(brokenAt)) * speed;
  return (
    <span>
      Clock {speedText(speed)}: <b>{spanText(Math.max(0, lasts))}</b> since it broke
    </span>
  );
}

/** What people asked for, and what came of it. */
function DrillActs({ drill: { acts } }: { drill: DrillDetail }) {
  if (acts.length === 0) return null;
  return (
    <ul className="oc-plain-list">
      {acts.map(({ act, at, by, answer }) => (
        <li key={`${at}${act}`}>
          <b>{by}</b>, {ACT_WORDS[act].did}: {answer ?? <ToneWord tone="info">is being done</ToneWord>}
        </li>
      ))}
    </ul>
  );
}

/** Practice is over when it is real. */
export function RealIncident({
  real,
  running,
}: {
  real: { id: number; title: string } | null;
  running: boolean;
}) {
  if (!real) return null;
  return (
    <div className="oc-notice oc-band-critical" role="alert">
      <ToneIcon tone="critical" />
      <p>
        This is no drill: <Link to={`/incidents/${real.id}`}>incident {real.id}</Link> is open ({real.title}).{' '}
        {running ? 'End the drill and go there.' : 'Practise when it is over.'}
      </p>
    </div>
  );
}

/** Whether customers were told in time, and with which text. */
function PublicText({ drill }: { drill: DrillDetail }) {
  const verdict = publicTextVerdict(drill, useNow());
  const text = drill.progress?.publicText;
  if (!verdict || !text) return null;
  return (
    <Section
      id="public-text"
      title="What customers are told"
      hint="Times by our clock: people do not get faster with the drill’s. No customer reads it, and it goes over no channel."
      side={<ToneWord tone={verdict.tone}>{verdict.word}</ToneWord>}
    >
      <p>{verdict.sentence}</p>
      <p className="oc-pre">
        <b>{text.title}</b>
        {'\n'}
        {text.text}
      </p>
    </Section>
  );
}

/** How long each part took by the drill's clock, what that was by ours, and how it compares. */
function DurationsTable({ drill, others }: { drill: DrillDetail; others: readonly DrillSummary[] }) {
  const durations = durationsOf(drill);
  const over = drill.endedAt !== null;
  // Drills of an earlier version did not offer it.
  const practised = !over || drill.progress?.publicText !== undefined;
  return (
    <Section
      id="durations"
      title="How long it took"
      hint="From the beginning of the outage, by the drill's clock. Compared with the median of earlier drills of this kind at this speed."
    >
      <div className="oc-scroll">
        <table className="oc-table oc-table-text">
          <thead>
            <tr>
              <th scope="col">Until</th>
              <th scope="col">Took</th>
              <th scope="col">By our clock</th>
              <th scope="col">Compared</th>
            </tr>
          </thead>
          <tbody>
            {MEASURED.filter((measured) => measured !== 'publicText' || practised).map((measured) => {
              const ms = durations[measured];
              return (
                <tr key={measured}>
                  <th scope="row">
                    {MEASURED_WORDS[measured].title}
                    <Who drill={drill} measured={measured} />
                  </th>
                  <td>
                    {ms === null ? over ? MEASURED_WORDS[measured].missing : '…' : <b>{spanText(ms)}</b>}
                  </td>
                  <td>{ms === null ? '–' : spanText(ms / drill.speed)}</td>
                  <td>{ms === null ? '–' : comparisonText(compareWith(drill, others, measured))}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

function Who({ drill, measured }: { drill: DrillSummary; measured: (typeof MEASURED)[number] }) {
  const { acknowledgedBy, publishedBy, fallbackBy, repairedBy, repairedAt, recoveredAt, speed } = drill;
  if (measured === 'acknowledgement' && acknowledgedBy) return <small>by {acknowledgedBy}</small>;
  if (measured === 'publicText' && publishedBy) return <small>by {publishedBy}</small>;
  if (measured === 'fallback' && fallbackBy) return <small>by {fallbackBy}</small>;
  if (measured !== 'recovery' || !repairedBy || !repairedAt || !recoveredAt) return null;
  const after = (Date.parse(recoveredAt) - Date.parse(repairedAt)) * speed;
  return (
    <small>
      {spanText(after)} after the repair by {repairedBy}
    </small>
  );
}

function comparisonText(comparison: Comparison | null): string {
  if (!comparison) return 'Nothing to compare with yet';
  const { of, median, differenceMs } = comparison;
  const drills = of === 1 ? 'the earlier drill' : `the median of ${of} drills`;
  if (Math.abs(differenceMs) < 1000) return `As ${drills} (${spanText(median)})`;
  const word = differenceMs > 0 ? 'slower' : 'faster';
  return `${spanText(Math.abs(differenceMs))} ${word} than ${drills} (${spanText(median)})`;
}
