import { isRecord, type JsonRecord } from '../../lib/json.ts';
import type { Services } from '../../lib/services.server.ts';
import { cut, visible } from '../../lib/visible.ts';
import { readDeletions, saysDeleted, readBodies } from '../intake/deleted-messages.server.ts';
import type { WaitingItem } from './waiting-view.ts';

/** What stands in place of a text that is not shown. */
const INSTEAD = { deleted: '[deleted in Chatwoot]', unknown: '[changed in Chatwoot since]' };

/** As much as a list shows, in UTF-16 units. */
const MOST_TEXT = 300;

/**
 * What customers wrote last, and over which channel, by the key of their conversation. The text is in the webhook that was
 * received; what Chatwoot was asked for has none here, and neither has what was removed after the retention time. What was
 * deleted in Chatwoot since is shown nowhere.
 * @param withTexts whether texts may be shown
 */
export async function readLastMessages(
  { db, config }: Pick<Services, 'db' | 'config'>,
  keys: readonly string[],
  withTexts: boolean,
): Promise<Map<string, Pick<WaitingItem, 'channel' | 'lastMessage'>>> {
  const { rows } = await db.pool.query<{ key: string; seq: number; id: string; createdSecond: number }>(
    `SELECT k.key, i.seq, m.message_id::text AS id, floor(extract(epoch FROM m.at))::float8 AS "createdSecond" FROM unnest($1::text[]) AS k (key)
     CROSS JOIN LATERAL (
       SELECT message_id, at FROM customer_messages WHERE key = k.key AND NOT machine
       ORDER BY at DESC, message_id DESC LIMIT 1) m
     JOIN inbox_messages i ON i.account = split_part(k.key, ':', 1) AND i.message_id = m.message_id
       AND (i.created_at = 'epoch' OR abs(extract(epoch FROM i.created_at - m.at)) < 1)`,
    [keys],
  );
  const seqs = rows.map(({ seq }) => seq);
  const [bodies, deletions] = await Promise.all([
    readBodies(db.pool, config.DATA_ENCRYPTION_KEYS, seqs),
    readDeletions({ db, config }, withTexts ? rows : []),
  ]);
  return new Map(
    rows.flatMap(({ key, seq }, nth) => {
      const payload = bodies.get(seq);
      if (!payload) return [];
      const deletion = saysDeleted(payload) ? 'deleted' : deletions[nth];
      const lastMessage = withTexts ? (deletion ? INSTEAD[deletion] : textOf(payload)) : null;
      return [[key, { channel: channelOf(payload), lastMessage }] as const];
    }),
  );
}

/** On one line; a picture without words is named. */
function textOf({ content, attachments }: JsonRecord): string | null {
  const text = typeof content === 'string' ? visible(content.replaceAll(/\s+/g, ' ').trim()) : '';
  if (text !== '') return cut(text, MOST_TEXT);
  return Array.isArray(attachments) && attachments.length > 0 ? '[attachment]' : null;
}

/** Chatwoot's class names, for people. */
const CHANNELS: Record<string, string> = {
  WebWidget: 'Website chat',
  Email: 'E-mail',
  Api: 'API',
  Whatsapp: 'WhatsApp',
  FacebookPage: 'Facebook',
  Instagram: 'Instagram',
  Telegram: 'Telegram',
  Line: 'LINE',
  Sms: 'SMS',
  TwilioSms: 'SMS',
  TwitterProfile: 'X',
  Tiktok: 'TikTok',
  Voice: 'Voice',
};

/** "E-mail, Support": the kind of channel and the inbox's own name. */
function channelOf({ conversation, inbox }: JsonRecord): string | null {
  const channel = isRecord(conversation) ? conversation.channel : null;
  const type = typeof channel === 'string' ? channel.replace('Channel::', '') : '';
  const name = isRecord(inbox) && typeof inbox.name === 'string' ? visible(inbox.name) : null;
  const words = [Object.hasOwn(CHANNELS, type) ? CHANNELS[type]! : null, name].filter((word) => word);
  return words.length > 0 ? words.join(', ') : null;
}
