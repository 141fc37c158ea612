import {
  COMPONENT_STATES,
  type Draft,
  type PublicState,
  UPDATE_STATES,
} from '../../features/status/status-document.ts';
import type { Send, UpdateChannel } from '../../features/status/update-channels.ts';
import { EN } from '../../features/status/words/en.ts';
import { Done, Problem, SelectField, TextArea, TextField } from '../forms/form-fields.tsx';
import { PostForm, SubmitButton } from '../forms/post-form.tsx';
import { BackLink, Page, Section } from '../layout/page.tsx';
import { Countdown, Time } from '../time.tsx';
import { ToneWord } from '../tone.tsx';
import { type PublishedUpdate, ReplaceText } from './replace-text.tsx';

interface PublishUpdatePageProps {
  at: string;
  incident: { id: number; title: string; drill: boolean };
  /** The public page is on. */
  on: boolean;
  components: { id: number; name: string }[];
  notice: {
    id: number;
    resolved: boolean;
    nextDueAt: string | null;
    updates: PublishedUpdate[];
  } | null;
  draft: Draft;
  /** When the draft promises to say more, as a field of a form has it, UTC. */
  nextAt: string;
  channels: UpdateChannel[];
  /** What became of the newest update. */
  sends: Send[];
  done: 'published' | 'again' | 'replaced' | null;
  result: {
    problem: string | null;
    typed: Draft | null;
    /** As it was typed, and what is wrong with it. */
    next: { typed: string; problem: string | null } | null;
    channels: UpdateChannel[] | null;
  } | null;
}

const STATES = COMPONENT_STATES.filter((state) => state !== 'unknown' && state !== 'under_maintenance');
const DONE = {
  published: 'Published. Below is where it went.',
  again: 'It is being tried again.',
  replaced: 'The text is replaced on the page and in its feeds. Nobody was written to again.',
};

/** One text for customers about an incident, ready from the facts, and what was published of it before. */
export function PublishUpdatePage(props: PublishUpdatePageProps) {
  const { at, incident, on, notice, sends, done, result } = props;
  const { id } = incident;
  const updates = notice?.updates ?? [];
  return (
    <Page at={at} narrow>
      <BackLink to={`/incidents/${id}`}>{incident.title}</BackLink>
      <h1 className="oc-title">Publish an update</h1>
      <div>
        <Done text={done && !result ? DONE[done] : null} />
        <Problem>{result?.problem}</Problem>
      </div>
      {sends.length > 0 && updates[0] && (
        <Section id="sent" title="Where the newest update went">
          <p className="oc-hint">
            Published <Time at={updates[0].at} />.
            {notice?.nextDueAt && (
              <>
                {' '}
                Customers were promised to hear more: <Countdown to={notice.nextDueAt} over="overdue" />.
              </>
            )}
          </p>
          <ul className="oc-lines">
            {sends.map((send) => (
              <li key={send.key}>
                <SendLine {...props} send={send} seen={updates[0]!.id} />
              </li>
            ))}
          </ul>
        </Section>
      )}
      {incident.drill ? (
        <p className="oc-hint">This is a drill: customers are told of none.</p>
      ) : (
        <UpdateForm {...props} />
      )}
      {updates.length > 0 && (
        <Section id="published" title="Published so far">
          <ul className="oc-lines">
            {updates.map((update) => (
              <li key={update.id}>
                <p>
                  <b>{EN.update[update.state]}</b>, <Time at={update.at} />
                </p>
                <p className="oc-pre">{update.text}</p>
                {!incident.drill && <ReplaceText incidentId={id} update={update} />}
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

function UpdateForm({
  incident: { id },
  on,
  components,
  notice,
  draft,
  nextAt,
  channels,
  result,
}: PublishUpdatePageProps) {
  const shown = result?.typed ?? draft;
  const seen = notice?.updates[0]?.id ?? 0;
  // It is refused before the end was published.
  const offered = UPDATE_STATES.filter((state) => state !== 'postmortem' || notice?.resolved);
  const next = result?.next;
  return (
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
        fields={{ seen: String(seen) }}
        className="oc-form"
        key={seen}
      >
        {(busy) => (
          <>
            <div className="oc-two">
              <div className="oc-form">
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
                  {offered.map((state) => (
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
                <TextField
                  label="Next update by (UTC)"
                  name="next"
                  type="datetime-local"
                  defaultValue={next?.typed ?? nextAt}
                  aria-invalid={next?.problem ? true : undefined}
                  hint={
                    next?.problem ??
                    'When customers hear more; you are reminded then. Nothing once it is resolved.'
                  }
                />
                {components.map((component) => (
                  <AffectedField
                    key={component.id}
                    {...component}
                    state={shown.affects[component.id] ?? null}
                  />
                ))}
              </div>
              <fieldset className="oc-fieldset">
                <legend>Where it goes</legend>
                {(result?.channels ?? channels).map((channel) => (
                  <ChannelField
                    key={channel.key}
                    channel={channel}
                    open={!!result?.channels && result.problem === null}
                  />
                ))}
              </fieldset>
            </div>
            {/* The first one is what Enter in a field does. */}
            <SubmitButton name="do" value="preview" disabled={busy}>
              Preview
            </SubmitButton>
            <SubmitButton look="primary" disabled={busy}>
              Publish
            </SubmitButton>
          </>
        )}
      </PostForm>
    </Section>
  );
}

function ChannelField({ channel, open }: { channel: UpdateChannel; open: boolean }) {
  const { key: name, label, ticked, closed, preview } = channel;
  return (
    <div className="oc-channel">
      <label className="oc-check">
        {name === 'page' ? (
          // Always told, so that no channel says more than it.
          <input type="checkbox" checked disabled readOnly />
        ) : (
          <input
            type="checkbox"
            name="channel"
            value={name}
            defaultChecked={ticked && closed === null}
            disabled={closed !== null}
          />
        )}{' '}
        {label}
      </label>
      {closed && <p className="oc-hint">{closed}</p>}
      <details className="oc-details" open={open && ticked}>
        <summary>
          How it looks <span className="oc-hidden">there: {label}</span>
        </summary>
        <p className="oc-pre">{preview}</p>
      </details>
    </div>
  );
}

const SEND_TONES = { done: 'good', waiting: 'unknown', failed: 'critical' } as const;
const SEND_WORDS = { done: 'Done', waiting: 'Waiting', failed: 'Failed' };

function SendLine({
  incident,
  channels,
  send: { key: name, state, words, retry, mailing },
  seen,
}: Pick<PublishUpdatePageProps, 'incident' | 'channels'> & { send: Send; seen: number }) {
  const label = channels.find((channel) => channel.key === name)?.label ?? name;
  return (
    <>
      <p className="oc-row">
        <b>{label}</b> <ToneWord tone={SEND_TONES[state]}>{SEND_WORDS[state]}</ToneWord> <span>{words}</span>
      </p>
      {mailing !== undefined && (
        <PostForm
          action={`/incidents/${incident.id}/update`}
          fields={{ do: 'cancel', mailing: String(mailing) }}
        >
          {(busy) => <SubmitButton disabled={busy}>Tell no more subscribers</SubmitButton>}
        </PostForm>
      )}
      {retry && (
        <PostForm
          action={`/incidents/${incident.id}/update`}
          fields={{ do: 'again', key: name, seen: String(seen) }}
        >
          {(busy) => (
            <SubmitButton disabled={busy}>
              Try again<span className="oc-hidden">: {label}</span>
            </SubmitButton>
          )}
        </PostForm>
      )}
    </>
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
