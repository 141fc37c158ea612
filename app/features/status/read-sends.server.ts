import { inTransaction } from '../../lib/database/transaction.server.ts';
import type { Services } from '../../lib/services.server.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAudit } from '../audit/record-audit.server.ts';
import { retryStep } from '../fallback/steps/change-steps.server.ts';
import { type ClosedInbox, readClosedInboxes } from '../fallback/steps/add-steps.server.ts';
import { TEAM_CHATS } from '../notify/channel.ts';
import { queueAgain, rewordUnsent } from '../notify/queue-notifications.server.ts';
import { readStates } from '../notify/read-notifications.server.ts';
import { replacementKey, updateKey } from './queue-update.server.ts';
import type { FormNotice } from './read-notices.server.ts';
import { readMailings } from './subscribers/read-subscribers.server.ts';
import { figuresOfMailing, type Mailing } from './subscribers/subscribers-view.ts';
import type { Send } from './update-channels.ts';

/** What became of an update, channel by channel. @param on the public page is on */
export async function readSends(
  { db }: Services,
  update: FormNotice['updates'][number],
  on: boolean,
): Promise<Send[]> {
  const kinds = [...TEAM_CHATS, 'statuspage'];
  const [states, { closed }, [mailing]] = await Promise.all([
    readStates(db.pool, [...kinds.map((kind) => updateKey(update.id, kind)), ...keysOfReplacement(update)]),
    readClosedInboxes(db.pool),
    readMailings(db.pool, update.id),
  ]);
  return update.channels.map((key): Send => {
    const inbox = /^inbox\/(.+)$/.exec(key)?.[1];
    if (inbox !== undefined)
      return {
        key,
        ...inboxState(
          closed.find((one) => one.inbox === inbox),
          // An inbox says what it was told, whatever the page says since.
          update.earlier[0]?.text ?? update.text,
        ),
      };
    if (key === 'subscribers') return { key, ...mailingState(mailing) };
    if (key === 'template')
      return {
        key,
        state: 'done',
        retry: false,
        words: 'Kept among the texts for answers: “Update on the outage”.',
      };
    if (key === 'page' || key === 'banner') {
      const off = 'The status page is off: kept, and shown once an admin switches it on.';
      return on
        ? { key, state: 'done', retry: false, words: 'Public.' }
        : { key, state: 'waiting', retry: false, words: off };
    }
    const told = states.get(updateKey(update.id, key));
    const [replacement] = keysOfReplacement(update).flatMap((one) => states.get(one) ?? []);
    // Until it is there at all there is nothing to replace.
    const replaced = key === 'statuspage' && told?.state === 'accepted' ? replacement : undefined;
    const sent = replaced ?? told;
    if (replaced?.state === 'folded')
      return { key, state: 'failed', retry: true, words: 'It still shows the earlier text.' };
    if (!sent) return { key, state: 'failed', retry: false, words: 'It is not on record.' };
    const { state, attempts, answer } = sent;
    if (state === 'failed') return { key, state: 'failed', retry: true, words: answer ?? 'It was refused.' };
    if (state !== 'queued')
      return { key, state: 'done', retry: false, words: `Taken. ${answer ?? ''}`.trim() };
    const words = attempts === 0 ? 'On its way.' : `Not taken yet, tried again by itself: ${answer ?? ''}`;
    return { key, state: 'waiting', retry: false, words };
  });
}

/** What the replacement that made its text what it is is called in the outbox. */
const keysOfReplacement = ({ id, earlier }: Pick<FormNotice['updates'][number], 'id' | 'earlier'>) =>
  earlier.slice(-1).map(({ until }) => replacementKey(id, new Date(until)));

function mailingState(mailing: Mailing | undefined): Omit<Send, 'key'> {
  if (!mailing) {
    const words = 'Nobody was told: where it stands had not changed, and they hear of changes alone.';
    return { state: 'done', retry: false, words };
  }
  const { waiting, onTheWay, id } = mailing;
  return {
    state: waiting + onTheWay > 0 ? 'waiting' : 'done',
    retry: false,
    words: `${figuresOfMailing(mailing).join(', ')}.`,
    ...(waiting > 0 && { mailing: id }),
  };
}

function inboxState(step: ClosedInbox | undefined, text: string): Omit<Send, 'key'> {
  if (!step)
    return {
      state: 'failed',
      retry: false,
      words: 'Fallback mode was switched off: the inbox is as it was before.',
    };
  if (step.message !== text) return { state: 'failed', retry: false, words: 'Another text took its place.' };
  if (step.state === 'done') return { state: 'done', retry: false, words: step.result ?? 'Done.' };
  if (step.state === 'failed' || step.state === 'cancelled')
    return { state: 'failed', retry: step.state === 'failed', words: step.result ?? 'It was not done.' };
  return { state: 'waiting', retry: false, words: step.result ?? 'On its way.' };
}

/** Tries again what a channel has finally refused, for the newest update. @returns whether there was anything to try */
export async function retrySend(
  services: Services,
  { updateId, key, actor, now }: { updateId: number; key: string; actor: Actor; now: Date },
): Promise<boolean> {
  const inbox = /^inbox\/(.+)$/.exec(key)?.[1];
  if (inbox !== undefined) {
    const { closed } = await readClosedInboxes(services.db.pool);
    const step = closed.find((one) => one.inbox === inbox);
    if (!step) return false;
    const { outcome } = await retryStep(services, { stepId: step.stepId, actor, now });
    return outcome === 'retried';
  }
  const again = await inTransaction(services.db.pool, async (client) => {
    const { rows } = await client.query<{ text: string; earlier: FormNotice['updates'][number]['earlier'] }>(
      'SELECT text, earlier FROM status_updates WHERE id = $1 FOR UPDATE',
      [updateId],
    );
    const [update] = rows;
    if (!update) return false;
    // It goes there as it is now.
    if (key === 'statuspage') await rewordUnsent(client, updateKey(updateId, key), update.text);
    let queued = await queueAgain(client, updateKey(updateId, key), now);
    // One of a version that knows no replacements folds them.
    for (const one of key === 'statuspage' ? keysOfReplacement({ id: updateId, ...update }) : [])
      queued = (await queueAgain(client, one, now, ['failed', 'folded'])) || queued;
    if (!queued) return false;
    await recordAudit(client, {
      actor,
      action: 'status.retried',
      target: `update ${updateId}, ${key}`,
      at: now,
    });
    return true;
  });
  services.changes.announce('work');
  services.changes.announce('page');
  return again;
}
