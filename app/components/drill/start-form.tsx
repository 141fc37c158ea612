import { SCENARIO_PLANS, SCENARIOS } from '../../features/drill/scenarios.ts';
import { SelectField, TextField } from '../dead-letters/fields.tsx';
import { PostForm } from '../post-form.tsx';
import { Section } from '../section.tsx';
import { SubmitButton } from '../submit-button.tsx';
import { speedText } from './drill-words.ts';

/** What the drill's clock makes of real time, for whoever chooses. */
const SPEEDS: Record<number, string> = {
  1: 'as for real: it takes half an hour',
  5: 'a minute is 5',
  10: 'a minute is 10, for people',
  30: 'a minute is half an hour',
  60: 'a second is a minute, to see how it works',
};

/** Chooses what is practised, how fast, and who hears of it. */
export function StartForm() {
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
              hint="Empty: somebody repairs it by a click."
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
