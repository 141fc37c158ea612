import type { Services } from '../../lib/services.server.ts';
import { CHANNEL_WORDS } from './channel-words.ts';
import { claimNotifications, type ClaimedNotification } from './claim-notifications.server.ts';
import type { Channel } from './message.ts';
import { recordAnswer } from './record-answer.server.ts';
import { decideAfterSend } from './retry-plan.ts';
import { sendOverChannel } from './send-over-channel.server.ts';
import { splitTeamMail } from './split-team-mail.server.ts';
import { startFallbacks } from './start-fallbacks.server.ts';

export const CHANNEL_KINDS = Object.keys(CHANNEL_WORDS) as Channel['kind'][];

/**
 * Sends what is due and records what the other side answered. At least once: a process that is killed between the answer
 * and its record leaves a claim, and whoever takes it over sends again. One call at a time in each process and kind.
 * @param kinds so that a slow mail server does not hold up a page, each kind has a loop of its own
 * @returns whether anything was sent, so that there may be more
 */
export async function drainNotifications(
  services: Services,
  now: Date,
  kinds: readonly Channel['kind'][] = CHANNEL_KINDS,
): Promise<boolean> {
  const { db, changes, config, processId: owner } = services;
  let busy = false;
  for (const kind of kinds) {
    if (kind === 'email') await splitTeamMail(db.pool, config, { owner, now });
    const claimed = await claimNotifications(db.pool, { kind, owner, now });
    const sent = await Promise.allSettled(claimed.map((one) => sendClaimed(services, one, now)));
    // Only when none is under way any more: the next round takes what could not be recorded, and sends it again.
    for (const result of sent) if (result.status === 'rejected') throw result.reason;
    const moved = await startFallbacks(db.pool, kind, now);
    if (moved > 0) changes.announce('work');
    busy ||= claimed.length > 0;
  }
  if (busy) changes.announce('page');
  return busy;
}

async function sendClaimed(services: Services, claimed: ClaimedNotification, now: Date): Promise<void> {
  const { db, log, config, processId: owner } = services;
  const { id, channel, attempts, createdAt, carries } = claimed;
  const outgoing = {
    id,
    thread: claimed.thread,
    incidentId: claimed.incidentId,
    message: claimed.message,
    drill: claimed.drill !== null,
    threadTitle: claimed.threadTitle,
    earlier: carries.map(({ message }) => message),
    insteadOf: claimed.insteadOf,
    appUrl: config.APP_URL,
  };
  const started = performance.now();
  const result = await sendOverChannel(services, channel, outgoing, now);
  // The clock of the story goes on by what the try took.
  const at = new Date(now.getTime() + Math.round(performance.now() - started));
  const after = decideAfterSend(result, {
    attempts: attempts + 1,
    createdAt,
    now: at,
    random: Math.random(),
  });
  await recordAnswer(db.pool, claimed, after, { owner, now: at });
  log[after.state === 'accepted' || after.state === 'folded' ? 'info' : 'warn'](
    {
      notification: id,
      kind: claimed.message.kind,
      channel: channel.kind,
      state: after.state,
      answer: after.answer,
    },
    'notification',
  );
}
