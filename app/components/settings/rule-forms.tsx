import { Form, useActionData, useNavigation } from '@remix-run/react';
import { createContext, type ReactNode, useContext, useId } from 'react';
import {
  type AdjustmentResult,
  type AlertRuleView,
  MUTE_MINUTES,
} from '../../features/alerts/adjustments.ts';
import { Problem, SelectField, TextField } from '../forms/form-fields.tsx';
import { SubmitButton } from '../forms/post-form.tsx';

const DoContext = createContext({ verb: '', rule: '' });

/** What was wrong with the form that is asked from, if it was the one that was sent. */
function useProblem() {
  const result = useActionData<{ result: AdjustmentResult; verb: string }>();
  const { verb, rule } = useContext(DoContext);
  if (!result || result.result.outcome !== 'problem') return null;
  return result.result.rule === rule && result.verb === verb ? result.result : null;
}

function RuleForm(props: { verb: string; rule: string; children: (busy: boolean) => ReactNode }) {
  const { verb, rule, children } = props;
  const { formData } = useNavigation();
  const busy = formData?.get('do') === verb && formData.get('rule') === rule;
  return (
    <DoContext.Provider value={props}>
      <Form method="post" action="/alerts" preventScrollReset className="oc-row oc-row-end">
        <input type="hidden" name="do" value={verb} />
        <input type="hidden" name="rule" value={rule} />
        {children(busy)}
        <Unplaced />
      </Form>
    </DoContext.Provider>
  );
}

function Unplaced() {
  const problem = useProblem();
  return <Problem>{problem && problem.field === null ? problem.problem : null}</Problem>;
}

/** A field that says beside itself what was wrong with it. */
function RuleText({
  name,
  label,
  hint,
  defaultValue,
}: Record<'name' | 'label', string> & { hint?: string; defaultValue?: number }) {
  const problem = useProblem();
  const id = useId();
  const wrong = problem?.field === name ? problem.problem : null;
  return (
    <div>
      <TextField
        label={label}
        name={name}
        hint={hint}
        defaultValue={defaultValue}
        inputMode={defaultValue === undefined ? undefined : 'decimal'}
        maxLength={200}
        autoComplete="off"
        required
        {...(wrong && { 'aria-invalid': true, 'aria-errormessage': id })}
      />
      {wrong && (
        <p id={id} role="alert" className="oc-problem">
          {wrong}
        </p>
      )}
    </div>
  );
}

/** What an admin may do with a rule: give it another threshold, and keep it quiet for a while. */
export function RuleForms({ rule: { rule, title, change, changed, mute } }: { rule: AlertRuleView }) {
  return (
    <details className="oc-details">
      <summary aria-label={`Change or mute: ${title}`}>Change or mute</summary>
      {change && (
        <RuleForm verb="threshold" rule={rule}>
          {(busy) => (
            <>
              <RuleText
                name="threshold"
                label={change.unit.label}
                hint={`${change.ofSettings} in the settings`}
                defaultValue={change.value}
              />
              <SubmitButton disabled={busy} aria-label={`Save the threshold: ${title}`}>
                Save
              </SubmitButton>
            </>
          )}
        </RuleForm>
      )}
      {changed && (
        <RuleForm verb="reset" rule={rule}>
          {(busy) => (
            <SubmitButton size="slim" disabled={busy} aria-label={`Use the settings' threshold: ${title}`}>
              Use the settings&rsquo; threshold
            </SubmitButton>
          )}
        </RuleForm>
      )}
      {mute ? (
        <RuleForm verb="unmute" rule={rule}>
          {(busy) => (
            <SubmitButton size="slim" disabled={busy} aria-label={`Unmute: ${title}`}>
              Unmute
            </SubmitButton>
          )}
        </RuleForm>
      ) : (
        <RuleForm verb="mute" rule={rule}>
          {(busy) => (
            <>
              <SelectField label="Mute for" name="minutes" defaultValue="60">
                {Object.entries(MUTE_MINUTES).map(([minutes, words]) => (
                  <option key={minutes} value={minutes}>
                    {words}
                  </option>
                ))}
              </SelectField>
              <RuleText name="reason" label="Why" />
              <SubmitButton disabled={busy} aria-label={`Mute: ${title}`}>
                Mute
              </SubmitButton>
            </>
          )}
        </RuleForm>
      )}
    </details>
  );
}
