import { Link } from '@remix-run/react';
import { drillNotice, type DrillSummary } from '../../../features/drill/drill-view.ts';
import { durationsOf, MEASURED } from '../../../features/drill/durations.ts';
import { SCENARIO_PLANS, SCENARIOS } from '../../../features/drill/scenarios.ts';
import { Done, Problem, SelectField, TextField } from '../../forms/form-fields.tsx';
import { PostForm, SubmitButton } from '../../forms/post-form.tsx';
import { Page, Section } from '../../layout/page.tsx';
import { useMay } from '../../layout/person.tsx';
import { Time } from '../../time.tsx';
import { ToneWord } from '../../tone.tsx';
import { RealIncident } from './drill-page.tsx';
import { drillState, MEASURED_WORDS, spanText, speedText } from './drill-words.ts';

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
          <p className="oc-empty">No drill has been completed yet.</p>
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

/** What the drill's clock makes of real time, for whoever chooses. */
const SPEEDS: Record<number, string> = {
  1: 'as for real: it takes half an hour',
  5: 'a minute is 5',
  10: 'a minute is 10, for people',
  30: 'a minute is half an hour',
  60: 'a second is a minute, to see how it works',
};

/** Chooses what is practised, how fast, and who hears of it. */
function StartForm() {
  return (
    <Section
      id="start"
      title="Begin a drill"
      hint="It runs in a sandbox of its own, with your alert rules, contacts and escalation policy. The real Chatwoot and Agent service are not touched, and a real outage is noticed as ever."
    >
      <PostForm action="/api/drills" className="oc-form" returnTo="/drill">
        {(busy) => (
          <>
            <fieldset className="oc-fieldset">
              <legend>What happens</legend>
              {SCENARIOS.map((scenario, index) => (
                <label key={scenario} className="oc-check">
                  <input type="radio" name="scenario" value={scenario} defaultChecked={index === 0} />
                  <span>
                    <b>{SCENARIO_PLANS[scenario].title}.</b> {SCENARIO_PLANS[scenario].sentence}
                  </span>
                </label>
              ))}
            </fieldset>
            <SelectField label="Speed of its clock" name="speed" defaultValue="10">
              {Object.entries(SPEEDS).map(([speed, words]) => (
                <option key={speed} value={speed}>
                  {speedText(Number(speed))}: {words}
                </option>
              ))}
            </SelectField>
            <fieldset className="oc-fieldset">
              <legend>Messages</legend>
              <label className="oc-check">
                <input type="radio" name="notify" value="simulated" defaultChecked />
                Only recorded: nobody is told
              </label>
              <label className="oc-check">
                <input type="radio" name="notify" value="marked" />
                Really sent to channels and contacts, each marked DRILL
              </label>
            </fieldset>
            <TextField
              label="The cause repairs itself after (drill minutes)"
              name="repair_after"
              type="number"
              min={1}
              max={240}
              defaultValue={20}
              hint="Empty: somebody repairs it with a click."
            />
            <SubmitButton look="primary" size="large" disabled={busy}>
              Begin the drill
            </SubmitButton>
          </>
        )}
      </PostForm>
    </Section>
  );
}
