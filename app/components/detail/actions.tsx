import { ReplayIcon } from '@shopify/polaris-icons';
import { TextField } from '../dead-letters/fields.tsx';
import { PostForm } from '../post-form.tsx';
import { Section } from '../section.tsx';
import { SubmitButton } from '../submit-button.tsx';
import type { Detail } from './detail.ts';
import { PersonField } from '../person-field.tsx';

/** What can be done with this one now; nothing, when it has moved on. */
export function Actions({ detail }: { detail: Detail }) {
  if (detail.entry === 'discarded') return <Restore id={detail.id} />;
  if (detail.entry === 'replayed') return null;
  if (detail.delivery.replayId !== null) {
    return (
      <Section id="actions" title="What to do">
        <p className="oc-hint">
          Replay {detail.delivery.replayId} is about to send it. Pause or cancel that replay to keep it back.
        </p>
      </Section>
    );
  }
  const fields = { scope: 'selected', id: String(detail.id) };
  return (
    <Section id="actions" title="What to do">
      <div className="oc-choices">
        <PostForm action="/api/dead-letters/replay" fields={fields} className="oc-choice">
          {(busy) => (
            <>
              <p>
                Send it again, under the same id, so that the Agent service can tell if it has seen it before.
              </p>
              <SubmitButton look="primary" icon={ReplayIcon} disabled={busy}>
                Replay now
              </SubmitButton>
            </>
          )}
        </PostForm>
        <PostForm action="/api/dead-letters/discard" fields={fields} className="oc-choice">
          <p>Put it away: it stays in the list of discarded ones and can be restored.</p>
          <TextField label="Reason" name="reason" required maxLength={500} autoComplete="off" />
          <PersonField />
          <SubmitButton>Discard</SubmitButton>
        </PostForm>
      </div>
    </Section>
  );
}

function Restore({ id }: { id: number }) {
  return (
    <Section id="restore" title="What to do">
      <PostForm
        action="/api/dead-letters/restore"
        fields={{ scope: 'selected', id: String(id) }}
        className="oc-choice"
      >
        <p>Take the discard back: it waits among the open dead letters again.</p>
        <PersonField />
        <SubmitButton look="primary">Restore</SubmitButton>
      </PostForm>
    </Section>
  );
}
