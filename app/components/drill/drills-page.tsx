import { Link } from '@remix-run/react';
import { drillNotice } from '../../features/drill/drill-notices.ts';
import type { DrillSummary } from '../../features/drill/drill-view.ts';
import { durationsOf, MEASURED } from '../../features/drill/durations.ts';
import { SCENARIO_PLANS } from '../../features/drill/scenarios.ts';
import { useMay } from '../access/person.ts';
import { Done, Problem } from '../access/answers.tsx';
import { Page } from '../page.tsx';
import { Section } from '../section.tsx';
import { Time } from '../time.tsx';
import { ToneWord } from '../tone.tsx';
import { drillState, MEASURED_WORDS, spanText, speedText } from './drill-words.ts';
import { RealIncident } from './real-incident.tsx';
import { StartForm } from './start-form.tsx';

export interface DrillsPageProps {
  at: string;
  drills: DrillSummary[];
  /** An incident that is none of a drill. */
  real: { id: number; title: string } | null;
  done: string | null;
}

/** Where an outage is practised, and how it went the other times. */
export function DrillsPage({ at, drills, real, done }: DrillsPageProps) {
  const may = useMay('drill.run');
  const notice = drillNotice(done);
  const running = drills.find(({ endedAt }) => endedAt === null);
  const past = drills.filter(({ endedAt }) => endedAt !== null);
  return (
    <Page at={at} live>
      <h1 className="oc-title">Practise an outage</h1>
      <RealIncident real={real} running={running !== undefined} />
      <Done text={notice && !notice.refused ? notice.text : null} />
      <Problem>{notice?.refused ? notice.text : null}</Problem>
      {running && (
        <Section
          id="running"
          title="Going on"
          side={<ToneWord tone={drillState(running).tone}>{drillState(running).word}</ToneWord>}
        >
          <p>
            <Link to={`/drill/${running.id}`} className="oc-link">
              Drill {running.id}: {SCENARIO_PLANS[running.scenario].title}
            </Link>
            , begun by {running.requestedBy} <Time at={running.requestedAt} />.
          </p>
        </Section>
      )}
      {may && !running && !real && <StartForm />}
      <Section
        id="past"
        title="Drills so far"
        hint="Times by the drill's clock, from the beginning of its outage."
      >
        {past.length === 0 ? (
          <p className="oc-empty">None has been carried through yet.</p>
        ) : (
          <div className="oc-scroll">
            <table className="oc-table oc-table-text">
              <thead>
                <tr>
                  <th scope="col">Drill</th>
                  <th scope="col">State</th>
                  {MEASURED.map((measured) => (
                    <th key={measured} scope="col">
                      {MEASURED_WORDS[measured].title}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {past.map((drill) => (
                  <PastDrill key={drill.id} drill={drill} />
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Section>
    </Page>
  );
}

function PastDrill({ drill }: { drill: DrillSummary }) {
  const durations = durationsOf(drill);
  const { tone, word } = drillState(drill);
  return (
    <tr>
      <th scope="row">
        <Link to={`/drill/${drill.id}`} className="oc-link">
          {SCENARIO_PLANS[drill.scenario].title}
        </Link>
        <small>
          {speedText(drill.speed)}, by {drill.requestedBy} <Time at={drill.requestedAt} />
        </small>
      </th>
      <td>
        <ToneWord tone={tone}>{word}</ToneWord>
      </td>
      {MEASURED.map((measured) => (
        <td key={measured}>{durations[measured] === null ? '–' : spanText(durations[measured])}</td>
      ))}
    </tr>
  );
}
