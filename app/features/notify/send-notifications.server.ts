import type pg from 'pg';
import type { Services } from '../../lib/services.server.ts';
import { CHANNEL_WORDS, isOfSubscribers, type Target } from './channel.ts';
import { sendByEmail } from './channels/email/send-mail.server.ts';
import { sendToPagerDuty } from './channels/pagerduty/pagerduty.server.ts';
import { sendToPush } from './channels/push/send-to-push.server.ts';
import { sendToService } from './channels/post-once.server.ts';
import { sendToSlack } from './channels/slack/slack.server.ts';
import { sendToStatuspage } from './channels/statuspage/send-to-statuspage.server.ts';
import { sendToWebhook } from './channels/webhook/send-to-webhook.server.ts';
import { type ClaimedNotification, claimNotifications } from './claim-notifications.server.ts';
import { decideAfterSend, type SendAnswer } from './decide-after-send.ts';
import { findTarget } from './find-target.server.ts';
import type { Channel, Outgoing } from './message.ts';
import { tryNextChannels } from './queue-notifications.server.ts';
import { recordAnswer } from './record-answer.server.ts';
import { splitTeamMail } from './split-team-mail.server.ts';

/** Of the team, and of what is told in its name; subscribers have loops of their own. */
export const CHANNEL_KINDS = (Object.keys(CHANNEL_WORDS) as Channel['kind'][]).filter(
  (kind) => !isOfSubscribers(kind),
);

/**
 * What acknowledges a message's incident as its one reader, as an address; null: nothing does. Given by who knows incidents
 * and people, of whom this part knows nothing.
 */
type LinkInMessage = (
  services: Services,
  claimed: ClaimedNotification,
  target: Target,
  now: Date,
) => Promise<string | null>;

/** What is news to customers is old by then, hours. */
const SUBSCRIBER_HOURS = 2;

interface Sending {
  /** So that a slow mail server does not hold up a page, each kind has a loop of its own. */
  kinds?: readonly Channel['kind'][];
  linkInMessage?: LinkInMessage;
  /** Of kinds that another feature sends. */
  send?: (services: Services, channel: Channel, outgoing: Outgoing, now: Date) => Promise<SendAnswer>;
}

/**
 * Sends what is due and records what the other side answered. At least once: a process that is killed between the answer
 * and its record leaves a claim, and whoever takes it over sends again. One call at a time in each process and kind.
 * @returns whether anything was sent, so that there may be more
 */
export async function sendNotifications(
  services: Services,
  now: Date,
  { kinds = CHANNEL_KINDS, ...how }: Sending = {},
): Promise<boolean> {
  const { db, changes, config, processId: owner } = services;
  let busy = false;
  for (const kind of kinds) {
    if (kind === 'email') await splitTeamMail(db.pool, config, { owner, now });
    const claimed = await claimNotifications(db.pool, { kind, owner, now });
    const sent = await Promise.allSettled(claimed.map((one) => sendClaimed(services, one, now, how)));
    // Only when none is under way any more: the next round takes what could not be recorded, and sends it again.
    for (const result of sent) if (result.status === 'rejected') throw result.reason;
    const moved = await tryNextChannels(db.pool, kind, now);
    if (moved > 0) changes.announce('work');
    busy ||= claimed.length > 0;
  }
  if (busy) changes.announce('page');
  return busy;
}

async function sendClaimed(
  services: Services,
  claimed: ClaimedNotification,
  now: Date,
  { linkInMessage, send }: Omit<Sending, 'kinds'>,
): Promise<void> {
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
  const result = send
    ? await send(services, channel, outgoing, now)
    : await sendOverChannel(services, channel, outgoing, now, async (target) => {
        // A message without its link is worth more than none.
        const link = linkInMessage?.(services, claimed, target, now).catch((error: unknown) => {
          log.warn({ notification: id, err: error }, 'no link for a message');
          return null;
        });
        return (await link) ?? null;
      });
  // The clock of the story goes on by what the try took.
  const at = new Date(now.getTime() + Math.round(performance.now() - started));
  const after = decideAfterSend(result, {
    attempts: attempts + 1,
    createdAt,
    now: at,
    random: Math.random(),
    ...(isOfSubscribers(channel.kind) && { giveUpHours: SUBSCRIBER_HOURS }),
  });
  await recordAnswer(db.pool, claimed, after, { owner, now: at });
  log[after.state === 'accepted' || after.state === 'folded' ? 'info' : 'warn'](
    {
      notification: id,
      kind: claimed.message.kind,
      channel: channel.kind,
      state: after.state,
      // What a stranger's webhook says is no line of ours.
      answer: isOfSubscribers(channel.kind) ? /^\d{3}|^[^:]*/.exec(after.answer)?.[0] : after.answer,
    },
    'notification',
  );
}

/**
 * Sends a message once, now. Every ending is an answer; nothing is thrown for what the other side does.
 * @param link what acknowledges as the one reader at that place
 */
export async function sendOverChannel(
  services: Pick<Services, 'config' | 'db'>,
  channel: Channel,
  message: Outgoing,
  now: Date,
  link?: (target: Target) => Promise<string | null>,
): Promise<SendAnswer> {
  const found = await findTarget(services, channel);
  if ('problem' in found) return found.problem;
  const { config } = services;
  const { target } = found;
  const outgoing: Outgoing = { ...message, acknowledge: (await link?.(target)) ?? null };
  switch (target.kind) {
    case 'slack':
      return sendToSlack(config, target, outgoing, now);
    case 'email':
      return sendByEmail(target, outgoing);
    case 'pagerduty':
      return sendToPagerDuty(config, target, outgoing, now);
    case 'webhook':
      // The receiver compares its time with its own clock: that of this try, not of the story that `now` may tell.
      return sendToWebhook(config, target, outgoing, { now, at: services.db.clock.now() });
    case 'push':
      return sendToPush(services, target, outgoing, now);
    case 'statuspage':
      return sendToStatuspage(config, target, outgoing, now);
    case 'teams':
    case 'discord':
    case 'telegram':
    case 'ntfy':
    case 'template':
      return sendToService(config, target, outgoing, now);
  }
}

/** Kinds of channels that have something to send. */
export async function readDueKinds(pool: pg.Pool, now: Date): Promise<Channel['kind'][]> {
  const { rows } = await pool.query<{ kind: Channel['kind'] }>({
    name: 'due-notifications',
    text: "SELECT DISTINCT channel->>'kind' AS kind FROM notifications WHERE state = 'queued' AND due_at <= $1",
    values: [now],
  });
  return rows.map(({ kind }) => kind);
}
