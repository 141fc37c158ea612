import {
  COMPONENT_STATES,
  type Draft,
  type PublicState,
  UPDATE_STATES,
  type UpdateState,
} from '../../features/status/status-document.ts';
import { EN } from '../../features/status/words/en.ts';
import { SelectField, TextArea, TextField } from '../forms/form-fields.tsx';
import { Done, Problem } from '../forms/form-outcome.tsx';
import { PostForm, SubmitButton } from '../forms/post-form.tsx';
import { BackLink, Page } from '../layout/page.tsx';
import { Section } from '../layout/section.tsx';
import { Time } from '../time.tsx';

interface PublishUpdatePageProps {
  at: string;
  incident: { id: number; title: string; drill: boolean };
  /** The public page is on. */
  on: boolean;
  components: { id: number; name: string }[];
  notice: {
    id: number;
    resolved: boolean;
    updates: { id: number; state: UpdateState | 'scheduled' | 'cancelled'; text: string; at: string }[];
  } | null;
  draft: Draft;
  done: boolean;
  result: { problem: string; typed: Draft } | null;
}

const STATES = COMPONENT_STATES.filter((state) => state !== 'unknown' && state !== 'under_maintenance');

/** One text for customers about an incident, ready from the facts, and what was published of it before. */
export function PublishUpdatePage({
  at,
  incident,
  on,
  components,
  notice,
  draft,
  done,
  result,
}: PublishUpdatePageProps) {
  const { id } = incident;
  const shown = result?.typed ?? draft;
  const updates = notice?.updates ?? [];
  return (
    <Page at={at} narrow>
      <BackLink to={`/incidents/${id}`}>{incident.title}</BackLink>
      <h1 className="oc-title">Publish an update</h1>
      <div>
        <Done
          text={done && !result ? 'Published: customers see it on the status page within a second.' : null}
        />
        <Problem>{result?.problem}</Problem>
      </div>
      {incident.drill ? (
        <p className="oc-hint">This is a drill: customers are told of none.</p>
      ) : (
        <Section
          id="update"
          title="What customers are told"
          hint={
            on
              ? 'It is written from the facts. Change what you like: no customer’s name, no internal address, no error message.'
              : 'The public page is off: what you publish is kept and shown once an admin switches it on.'
          }
        >
          <PostForm
            action={`/incidents/${id}/update`}
            fields={{ seen: String(updates[0]?.id ?? 0) }}
            className="oc-form"
            key={updates[0]?.id ?? 0}
          >
            {(busy) => (
              <>
                <TextField
                  label="Title"
                  name="title"
                  required
                  maxLength={120}
                  defaultValue={shown.title}
                  autoComplete="off"
                  wide
                />
                <SelectField label="Where it stands" name="state" defaultValue={shown.state}>
                  {UPDATE_STATES.map((state) => (
                    <option key={state} value={state}>
                      {EN.update[state]}
                    </option>
                  ))}
                </SelectField>
                <TextArea
                  label="Text"
                  name="text"
                  required
                  rows={6}
                  maxLength={2000}
                  defaultValue={shown.text}
                />
                {components.map((component) => (
                  <AffectedField
                    key={component.id}
                    {...component}
                    state={shown.affects[component.id] ?? null}
                  />
                ))}
                <SubmitButton look="primary" disabled={busy}>
                  Publish
                </SubmitButton>
              </>
            )}
          </PostForm>
        </Section>
      )}
      {updates.length > 0 && (
        <Section id="published" title="Published so far">
          <ul className="oc-lines">
            {updates.map((update) => (
              <li key={update.id}>
                <p>
                  <b>{EN.update[update.state]}</b>, <Time at={update.at} />
                </p>
                <p className="oc-pre-line">{update.text}</p>
              </li>
            ))}
          </ul>
          {on && notice && (
            <p>
              <a href={`/status/incidents/${notice.id}`}>As customers see it</a>
            </p>
          )}
        </Section>
      )}
    </Page>
  );
}

function AffectedField({ id, name, state }: { id: number; name: string; state: PublicState | null }) {
  return (
    <SelectField label={name} name={`affects-${id}`} defaultValue={state ?? ''}>
      <option value="">Not affected</option>
      {STATES.map((one) => (
        <option key={one} value={one}>
          {EN.state[one]}
        </option>
      ))}
    </SelectField>
  );
}
