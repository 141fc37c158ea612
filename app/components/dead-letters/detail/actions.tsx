import { Link } from '@remix-run/react';
import { ReplayIcon } from '@shopify/polaris-icons';
import { countText } from '../../../lib/words.ts';
import { TextField } from '../../forms/form-fields.tsx';
import { PostForm, SubmitButton } from '../../forms/post-form.tsx';
import { useMay } from '../../layout/person.tsx';
import { Section } from '../../layout/page.tsx';
import { Time } from '../../time.tsx';
import type { Detail } from './summary.tsx';

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

const OUTCOMES = {
  delivered: 'delivered',
  dead: 'failed again',
  skipped: 'left out, a person had answered',
  cancelled: 'cancelled before it was sent',
  discarded: 'discarded meanwhile',
} as const;

/** What happened in the conversation and with this entry since it failed. */
export function SinceThen({ detail }: { detail: Detail }) {
  const { newerDelivered, lastDeliveredAt, answeredAt, resolvedAt } = detail.since;
  const nothing = newerDelivered === 0 && !answeredAt && !resolvedAt && detail.replays.length === 0;
  return (
    <Section id="since" title="What happened since">
      {nothing ? (
        <p className="oc-hint">
          Nothing: no answer, no newer message delivered, no replay. The customer may still be waiting.
        </p>
      ) : (
        <ul className="oc-list">
          {answeredAt && (
            <li>
              A person answered in this conversation <Time at={answeredAt} />.
            </li>
          )}
          {resolvedAt && (
            <li>
              The conversation was resolved <Time at={resolvedAt} />.
            </li>
          )}
          {newerDelivered > 0 && (
            <li>
              {countText(newerDelivered, 'newer webhook')} of this conversation delivered
              {lastDeliveredAt && (
                <>
                  , the last <Time at={lastDeliveredAt} />
                </>
              )}
              .
            </li>
          )}
          {detail.replays.map((replay) => (
            <li key={replay.replayId}>
              <Link to="/delivery#replays">Replay {replay.replayId}</Link> by {replay.createdBy}{' '}
              <Time at={replay.createdAt} />: {replay.outcome ? OUTCOMES[replay.outcome] : 'not finished yet'}
              .
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
