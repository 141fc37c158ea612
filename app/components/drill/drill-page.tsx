import { drillNotice } from '../../features/drill/drill-notices.ts';
import type { DrillDetail, DrillProgress, DrillSummary } from '../../features/drill/drill-view.ts';
import { SCENARIO_PLANS } from '../../features/drill/scenarios.ts';
import { countText } from '../../features/overview/words.ts';
import { Done, Problem } from '../access/answers.tsx';
import { BackLink } from '../back-link.tsx';
import { healthOf } from '../health/health-words.ts';
import { LadderSection } from '../incidents/ladder.tsx';
import { NotificationLog } from '../incidents/notification-log.tsx';
import { SeverityBadge } from '../incidents/severity-badge.tsx';
import { Timeline } from '../incidents/timeline.tsx';
import { Page } from '../page.tsx';
import { Section } from '../section.tsx';
import { ToneWord } from '../tone.tsx';
import { DrillActs, DrillHead } from './drill-head.tsx';
import { DurationsTable } from './durations-table.tsx';
import { RealIncident } from './real-incident.tsx';

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
      <DurationsTable drill={drill} others={others} />
      {drill.progress && <World progress={drill.progress} drill={drill} />}
      {incident && (
        <>
          <LadderSection ladder={incident.ladder} />
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
          <span>{incidents[0].alerts.at(-1)?.words}</span>
        </p>
      )}
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
