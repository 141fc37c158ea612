import { useActionData } from '@remix-run/react';
import { useId } from 'react';
import { SelectField, TextArea, TextField } from '../forms/form-fields.tsx';
import { PostForm, SubmitButton } from '../forms/post-form.tsx';
import { useMay } from '../layout/person.tsx';
import { Section } from '../layout/page.tsx';
import { Time } from '../time.tsx';

const ACTION = '/status-page';

export interface ShownWindow {
  id: number;
  title: string;
  from: string;
  to: string;
}

/** What comes again. */
export interface ShownSeries {
  id: number;
  title: string;
  rule: string;
  zone: string;
  starts: string;
}

interface MaintenanceSectionProps {
  components: { id: number; name: string }[];
  windows: ShownWindow[];
  series: ShownSeries[];
}

/** What is planned, and the form that announces more. */
export function MaintenanceSection({ components, windows, series }: MaintenanceSectionProps) {
  const mayChange = useMay('settings.manage');
  return (
    <Section
      id="maintenance"
      title="Planned maintenance"
      hint="It is on the public page, in its feeds, and told to subscribers. What fails in it opens no incident and calls nobody, unless it goes on afterwards; its checks count neither for nor against the days."
    >
      {windows.length === 0 && <p className="oc-hint">Nothing is planned.</p>}
      <ul className="oc-lines">
        {windows.map((window) => (
          <li key={window.id}>
            <p>
              <b>{window.title}</b>, <Time at={window.from} /> to <Time at={window.to} />
            </p>
            {mayChange && (
              <PostForm action={ACTION} fields={{ do: 'end', notice: String(window.id) }}>
                <SubmitButton look="plain">End it now</SubmitButton>
              </PostForm>
            )}
          </li>
        ))}
      </ul>
      {series.length > 0 && (
        <ul className="oc-lines">
          {series.map(({ id, title, rule, zone, starts }) => (
            <li key={id}>
              <p>
                <b>{title}</b> comes again: {rule}, from {starts.replace('T', ' ')} by the clock of {zone}
              </p>
              {mayChange && (
                <PostForm action={ACTION} fields={{ do: 'end-series', series: String(id) }}>
                  <SubmitButton look="plain">
                    Plan it no more<span className="oc-hidden">: {title}</span>
                  </SubmitButton>
                </PostForm>
              )}
            </li>
          ))}
        </ul>
      )}
      {mayChange && <WindowForm components={components} />}
    </Section>
  );
}

function WindowForm({ components }: Pick<MaintenanceSectionProps, 'components'>) {
  const refusal = useActionData<{ problem: string; code: string }>();
  const wrong = refusal?.code === 'together' ? refusal.problem : null;
  const wrongId = useId();
  return (
    <details className="oc-details" open={wrong !== null || undefined}>
      <summary>Announce maintenance</summary>
      <PostForm action={ACTION} fields={{ do: 'window' }} className="oc-form" resets={!wrong}>
        {(busy) => (
          <>
            <TextField label="Title" name="title" required maxLength={120} autoComplete="off" wide />
            <TextArea label="What customers should know" name="text" required maxLength={2000} />
            <TextField label="From" name="from" type="datetime-local" required />
            <TextField
              label="To (end of one time)"
              name="to"
              type="datetime-local"
              required
              hint="If it comes again, each time lasts as long and ends before the next begins."
              {...(wrong && { 'aria-invalid': true, 'aria-errormessage': wrongId })}
            />
            {wrong && (
              <p id={wrongId} role="alert" className="oc-problem">
                {wrong}
              </p>
            )}
            <TextField
              label="Time zone of both"
              name="zone"
              defaultValue="UTC"
              maxLength={64}
              autoComplete="off"
              hint="E.g. Europe/Berlin: then it keeps its hour in summer and winter."
            />
            <SelectField label="Again" name="repeat">
              <option value="">Once</option>
              <option value="FREQ=DAILY">Every day</option>
              <option value="FREQ=WEEKLY">Every week</option>
              <option value="FREQ=MONTHLY">Every month</option>
            </SelectField>
            <TextField
              label="Or by a rule of your own"
              name="rule"
              maxLength={300}
              autoComplete="off"
              hint="An RRULE, e.g. FREQ=MONTHLY;BYDAY=1SU for the first Sunday of each month."
            />
            <fieldset className="oc-field oc-field-wide">
              <legend>Affected</legend>
              {components.map(({ id, name }) => (
                <label key={id} className="oc-check">
                  <input type="checkbox" name="affects" value={id} /> {name}
                </label>
              ))}
            </fieldset>
            <p className="oc-hint oc-field-wide">
              While it lasts, nobody is called about what is affected, each time that it comes.
            </p>
            <SubmitButton disabled={busy}>Announce it</SubmitButton>
          </>
        )}
      </PostForm>
    </details>
  );
}
