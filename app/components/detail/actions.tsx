import { ReplayIcon } from '@shopify/polaris-icons';
import { TextField } from '../dead-letters/fields.tsx';
import { PostForm } from '../post-form.tsx';
import { Section } from '../section.tsx';
import { SubmitButton } from '../submit-button.tsx';
import { useMay } from '../access/person.ts';
import type { Detail } from './detail.ts';

/** What can be done with this one now; nothing, when it has moved on. */
export function Actions({ detail }: { detail: Detail }) {
  const mayReplay = useMay('dead_letters.replay');
  const mayDiscard = useMay('dead_letters.discard');
  const mayRestore = useMay('dead_letters.restore');
  if (detail.entry === 'discarded') return mayRestore ? <Restore id={detail.id} /> : <NotAllowed />;
  if (detail.entry === 'replayed') return null;
  if (!mayReplay) return <NotAllowed />;
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
        {mayDiscard && (
          <PostForm action="/api/dead-letters/discard" fields={fields} className="oc-choice">
            <p>Put it away: it stays in the list of discarded ones and can be restored.</p>
            <TextField label="Reason" name="reason" required maxLength={500} autoComplete="off" />
            <SubmitButton>Discard</SubmitButton>
          </PostForm>
        )}
      </div>
    </Section>
  );
}

function NotAllowed() {
  return (
    <Section id="actions" title="What to do">
      <p className="oc-hint">
        Your role only reads here. Ask a colleague who may replay, or an admin for the role.
      </p>
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
        <SubmitButton look="primary">Restore</SubmitButton>
      </PostForm>
    </Section>
  );
}
