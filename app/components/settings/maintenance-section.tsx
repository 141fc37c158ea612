import { TextArea, TextField } from '../forms/form-fields.tsx';
import { PostForm, SubmitButton } from '../forms/post-form.tsx';
import { useMay } from '../layout/person.tsx';
import { Section } from '../layout/section.tsx';
import { Time } from '../time.tsx';

const ACTION = '/status-page';

export interface ShownWindow {
  id: number;
  title: string;
  from: string;
  to: string;
}

interface MaintenanceSectionProps {
  components: { id: number; name: string }[];
  windows: ShownWindow[];
}

/** What is planned, and the form that announces more. */
export function MaintenanceSection({ components, windows }: MaintenanceSectionProps) {
  const mayChange = useMay('settings.manage');
  return (
    <Section
      id="maintenance"
      title="Planned maintenance"
      hint="It is on the public page and in its feeds. Times are UTC."
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
      {mayChange && <WindowForm components={components} />}
    </Section>
  );
}

function WindowForm({ components }: Pick<MaintenanceSectionProps, 'components'>) {
  return (
    <details className="oc-details">
      <summary>Announce maintenance</summary>
      <PostForm action={ACTION} fields={{ do: 'window' }} className="oc-form" resets>
        {(busy) => (
          <>
            <TextField label="Title" name="title" required maxLength={120} autoComplete="off" wide />
            <TextArea label="What customers should know" name="text" required maxLength={2000} />
            <TextField label="From (UTC)" name="from" type="datetime-local" required />
            <TextField label="To (UTC)" name="to" type="datetime-local" required />
            <fieldset className="oc-field oc-field-wide">
              <legend>Affected</legend>
              {components.map(({ id, name }) => (
                <label key={id} className="oc-check">
                  <input type="checkbox" name="affects" value={id} /> {name}
                </label>
              ))}
            </fieldset>
            <SubmitButton disabled={busy}>Announce it</SubmitButton>
          </>
        )}
      </PostForm>
    </details>
  );
}
