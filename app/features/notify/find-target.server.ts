import { openText } from '../../lib/body-cipher.server.ts';
import { isSameHost } from '../../lib/settings/config.ts';
import type { Services } from '../../lib/services.server.ts';
import { isUrlKind, sealedAs, type StoredChannel, type Target } from './channel.ts';
import { findDevice } from './channels/push/devices.server.ts';
import { addressOf } from './recipient.ts';
import type { Channel, ContactKind } from './message.ts';
import type { SendAnswer } from './decide-after-send.ts';

const gone = (answer: string): SendAnswer => ({ outcome: 'refused', answer });

/**
 * Looks up where a channel leads now.
 * @returns why nothing can be sent, when it leads nowhere
 */
export async function findTarget(
  { config, db }: Pick<Services, 'config' | 'db'>,
  channel: Channel,
): Promise<Found> {
  if (channel.of === 'environment') return environmentTarget(config, channel);
  if (channel.of === 'device') return deviceTarget({ config, db }, channel.deviceId);
  if (channel.of === 'subscriber') return { problem: gone('Only the status page knows its subscribers.') };
  const { rows } = await db.pool.query<{ channel: StoredChannel }>(
    `SELECT item AS channel FROM contacts, jsonb_array_elements(channels) AS item
     WHERE id = $1 AND removed_at IS NULL AND item->>'id' = $2`,
    [channel.contactId, channel.channelId],
  );
  const stored = rows[0]?.channel;
  if (!stored) return { problem: gone('This contact or this channel was removed.') };
  const open = (text: string) => openText(config.DATA_ENCRYPTION_KEYS, text, sealedAs(stored.id));
  const address = open(stored.address);
  const secret = stored.secret === null ? null : open(stored.secret);
  const template = stored.template === undefined ? null : open(stored.template);
  const isSealed =
    (stored.secret !== null && secret === null) || (stored.template !== undefined && template === null);
  if (address === null || isSealed) return SEALED;
  return contactTarget(config, stored.kind, { address, secret, template });
}

const SEALED: Found = {
  problem: {
    outcome: 'retry',
    answer: 'Its address is sealed with a key that is not in DATA_ENCRYPTION_KEYS.',
    retryAfterMs: null,
  },
};

async function deviceTarget(context: Pick<Services, 'config' | 'db'>, deviceId: number): Promise<Found> {
  const found = await findDevice(context, deviceId);
  if (found === 'gone') return { problem: gone('This browser was taken off, or its person has no access.') };
  return found === 'sealed' ? SEALED : { target: { kind: 'push', deviceId, ...found } };
}

function environmentTarget(
  config: Services['config'],
  channel: Extract<Channel, { of: 'environment' }>,
): Found {
  const { SLACK_WEBHOOK_URL, SMTP_URL, SMTP_FROM, NOTIFY_EMAIL_TO, PAGERDUTY_ROUTING_KEY } = config;
  const { PAGERDUTY_EVENTS_URL, NOTIFY_WEBHOOK_URL, NOTIFY_WEBHOOK_SECRET } = config;
  const { STATUSPAGE_API_URL: apiUrl, STATUSPAGE_API_KEY: apiKey, STATUSPAGE_PAGE_ID: pageId } = config;
  const unset = { problem: gone('This channel is no longer set in the environment.') };
  const { kind } = channel;
  const chat = (name: 'teams' | 'discord', url: string | undefined): Found =>
    url ? { target: { kind: name, url, to: null, secret: null, template: null, guarded: false } } : unset;
  switch (kind) {
    case 'slack':
      return SLACK_WEBHOOK_URL ? { target: { kind, url: SLACK_WEBHOOK_URL, guarded: false } } : unset;
    case 'email': {
      const to = channel.recipient ? addressOf(channel, NOTIFY_EMAIL_TO) : NOTIFY_EMAIL_TO[0];
      return SMTP_URL && SMTP_FROM && to
        ? { target: { kind, smtpUrl: SMTP_URL, from: SMTP_FROM, to } }
        : unset;
    }
    case 'pagerduty':
      return PAGERDUTY_ROUTING_KEY
        ? { target: { kind, eventsUrl: PAGERDUTY_EVENTS_URL, routingKey: PAGERDUTY_ROUTING_KEY } }
        : unset;
    case 'webhook':
      return NOTIFY_WEBHOOK_URL
        ? {
            target: {
              kind,
              url: NOTIFY_WEBHOOK_URL,
              secret: NOTIFY_WEBHOOK_SECRET ?? null,
              guarded: false,
            },
          }
        : unset;
    case 'teams':
      return chat(kind, config.TEAMS_WEBHOOK_URL);
    case 'discord':
      return chat(kind, config.DISCORD_WEBHOOK_URL);
    case 'telegram':
      return config.TELEGRAM_CHAT_ID ? telegramTarget(config, config.TELEGRAM_CHAT_ID) : unset;
    case 'ntfy':
      return config.NTFY_URL
        ? ntfyTarget(config.NTFY_URL, { secret: config.NTFY_TOKEN ?? null, guarded: false })
        : unset;
    case 'template':
      return unset;
    case 'statuspage':
      return apiKey && pageId ? { target: { kind, apiUrl, apiKey, pageId } } : unset;
  }
}

type Found = { target: Target } | { problem: SendAnswer };

/** Another bot or Bot API server than Telegram's own is the operator's, so it is not guarded. */
function telegramTarget(
  { TELEGRAM_API_URL, TELEGRAM_BOT_TOKEN: token }: Services['config'],
  to: string,
): Found {
  if (!token) return { problem: gone('No bot can write there: TELEGRAM_BOT_TOKEN is not set.') };
  const url = `${TELEGRAM_API_URL}/bot${token}/sendMessage`;
  return { target: { kind: 'telegram', url, to, secret: token, template: null, guarded: false } };
}

/** A message to a topic goes to its server, as JSON that names the topic. */
function ntfyTarget(address: string, more: { secret: string | null; guarded: boolean }): Found {
  const url = new URL(address);
  const at = url.pathname.lastIndexOf('/');
  const to = url.pathname.slice(at + 1);
  url.pathname = url.pathname.slice(0, at + 1);
  return { target: { kind: 'ntfy', url: url.href, to, template: null, ...more } };
}

function contactTarget(
  config: Services['config'],
  kind: ContactKind,
  { address, secret, template }: { address: string; secret: string | null; template: string | null },
): Found {
  const { SMTP_URL, SMTP_FROM, PAGERDUTY_EVENTS_URL, CHATWOOT_BASE_URL: chatwoot } = config;
  // Asked again here: Chatwoot may have moved since the address was entered.
  if (chatwoot && isUrlKind(kind) && isSameHost(address, chatwoot))
    return { problem: gone('It leads to Chatwoot, which cannot tell anybody that it is down.') };
  switch (kind) {
    case 'slack':
      return { target: { kind, url: address, guarded: true } };
    case 'email':
      return SMTP_URL && SMTP_FROM
        ? { target: { kind, smtpUrl: SMTP_URL, from: SMTP_FROM, to: address } }
        : { problem: gone('No e-mail can be sent: SMTP_URL and SMTP_FROM are not set.') };
    case 'pagerduty':
      return { target: { kind, eventsUrl: PAGERDUTY_EVENTS_URL, routingKey: address } };
    case 'webhook':
      return { target: { kind, url: address, secret, guarded: true } };
    case 'telegram':
      return telegramTarget(config, address);
    case 'ntfy':
      return ntfyTarget(address, { secret, guarded: true });
    case 'teams':
    case 'discord':
    case 'template':
      return { target: { kind, url: address, to: null, secret, template, guarded: true } };
  }
}
