import type { Services } from '../../../lib/services.server.ts';
import { openText } from '../../../lib/body-cipher.server.ts';
import { sendMail } from '../../notify/channels/email/send-mail.server.ts';
import { postSigned, webhookId } from '../../notify/channels/webhook/send-to-webhook.server.ts';
import type { SendAnswer } from '../../notify/decide-after-send.ts';
import type { Channel, Outgoing } from '../../notify/message.ts';
import { isOn } from '../build-document.server.ts';
import { parseAffects } from '../read-notices.server.ts';
import { readPage, readStatusComponents } from '../read-settings.server.ts';
import { titleOf } from '../render-parts.ts';
import { canSubscribe } from './mailing.server.ts';
import { subscriptionMail, updateHook, updateMail, type UpdateToTell } from './subscriber-messages.ts';
import { sealedAs } from './sign-up.server.ts';
import { SUBSCRIPTION_PATH, withoutAddress } from './subscriber.ts';

interface Row {
  address: string;
  addressHash: string;
  secret: string | null;
  token: string;
  confirmed: boolean;
  bounced: boolean;
}

/** Whether subscribers are told at this moment: while the page is off what waits for them waits on. */
export const areTold = async ({ config, db }: Pick<Services, 'config' | 'db'>): Promise<boolean> =>
  canSubscribe(config) && isOn(config.STATUS_PAGE, (await readPage(db.pool)).enabled);

const gone = (answer: string): SendAnswer => ({ outcome: 'refused', answer });

/**
 * Sends one message of the outbox to a subscriber, as it is to be said now: what they chose, and what the update says, is read here.
 * An address that the mail server refuses for good, or a webhook that says that it is gone (410), is marked and told nothing more.
 */
export async function sendToSubscriber(
  services: Pick<Services, 'config' | 'db'>,
  channel: Channel,
  { id, message: { updateId } }: Outgoing,
  now: Date,
): Promise<SendAnswer> {
  const { config, db } = services;
  const { SMTP_URL, SMTP_FROM, APP_URL, DATA_ENCRYPTION_KEYS } = config;
  if (channel.of !== 'subscriber' || !APP_URL) return gone('Subscribers cannot be told: APP_URL is not set.');
  const { rows } = await db.pool.query<Row>(
    `SELECT address, address_hash AS "addressHash", secret, token, confirmed_at IS NOT NULL AS confirmed,
       bounced_at IS NOT NULL AS bounced FROM status_subscribers WHERE id = $1`,
    [channel.subscriberId],
  );
  const [row] = rows;
  if (!row) return gone('They unsubscribed.');
  if (row.bounced) return gone('The address takes nothing.');
  if (updateId !== undefined && !row.confirmed) return gone('They have not confirmed.');
  const open = (text: string) => openText(DATA_ENCRYPTION_KEYS, text, sealedAs(row.addressHash));
  const [address, token, secret] = [row.address, row.token, row.secret ?? ''].map(open);
  if (!address || !token || secret === null)
    return {
      outcome: 'retry',
      answer: 'The address is sealed with a key that is not in DATA_ENCRYPTION_KEYS.',
      retryAfterMs: null,
    };
  const page = await readPage(db.pool);
  const around = {
    ...{ language: page.language, title: titleOf({ page }), contact: page.contact, address },
    base: APP_URL,
    link: `${APP_URL}${SUBSCRIPTION_PATH}${token}`,
  };
  const update = updateId === undefined ? null : await readUpdate(services, updateId);
  if (updateId !== undefined && !update) return gone('What was published has been removed.');
  if (channel.kind === 'subscriber_webhook') {
    const hook = { url: address, secret: secret ?? null, guarded: 'from_strangers' as const };
    const body = updateHook(update!, around);
    const answer = await postSigned(
      config,
      hook,
      { id: webhookId(id), body, secrets: [token] },
      { now, at: db.clock.now() },
    );
    if (answer.outcome === 'refused' && /^410\b/.test(answer.answer))
      await markBounced(services, channel.subscriberId, answer.answer, now);
    return answer;
  }
  if (!SMTP_URL || !SMTP_FROM) return gone('No e-mail can be sent: SMTP_URL and SMTP_FROM are not set.');
  const written = update
    ? updateMail(update, around, { from: SMTP_FROM, id })
    : subscriptionMail(around, { from: SMTP_FROM, confirmed: row.confirmed });
  const sent = await sendMail(SMTP_URL, { ...written, date: now });
  const answer = withoutAddress(sent.answer, address);
  if (sent.outcome !== 'accepted' && sent.bounced)
    await markBounced(services, channel.subscriberId, answer, now);
  return sent.outcome === 'retry'
    ? { outcome: 'retry', answer, retryAfterMs: null }
    : { outcome: sent.outcome, answer };
}

const markBounced = ({ db }: Pick<Services, 'db'>, id: number, answer: string, now: Date) =>
  db.pool.query('UPDATE status_subscribers SET bounced_at = $2, bounce = $3 WHERE id = $1', [
    id,
    now,
    answer,
  ]);

/** The update with its notice, as it reads at this moment; null: it is gone. */
async function readUpdate({ db }: Pick<Services, 'db'>, id: number): Promise<UpdateToTell | null> {
  const { rows } = await db.pool.query<
    Omit<UpdateToTell, 'affects' | 'at'> & { components: unknown; at: Date; createdAt: Date }
  >(
    `SELECT u.id, n.id AS "noticeId", n.kind, n.title, n.components, n.created_at AS "createdAt", u.state, u.text, u.at,
       n.began_at AS "beganAt", n.ends_at AS "endsAt"
     FROM status_updates u JOIN status_notices n ON n.id = u.notice_id WHERE u.id = $1`,
    [id],
  );
  const [row] = rows;
  if (!row) return null;
  const { components, at, createdAt: _, ...update } = row;
  const names = new Map((await readStatusComponents(db.pool)).map((one) => [String(one.id), one.name]));
  const isOver = update.state === 'resolved' || update.state === 'cancelled';
  return {
    ...update,
    at: at.toISOString(),
    affects: Object.entries(parseAffects(components)).flatMap(([number, state]) => {
      const name = names.get(number);
      return name === undefined
        ? []
        : [{ id: Number(number), name, state: isOver ? ('operational' as const) : state }];
    }),
  };
}
