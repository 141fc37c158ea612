import { createHash } from 'node:crypto';
import webPush from 'web-push';
import type { Services } from '../../../../lib/services.server.ts';
import { cut } from '../../../../lib/visible.ts';
import type { Target } from '../../channel.ts';
import type { SendAnswer } from '../../decide-after-send.ts';
import type { Outgoing } from '../../message.ts';
import { markedHeadline, secretsIn, sentenceOf } from '../../message-words.ts';
import { pushConvention } from '../conventions.ts';
import { judgeAnswer, postOnce, secretsOfUrl } from '../post-once.server.ts';
import { endDevice } from './devices.server.ts';

/** What a phone shows; services take at least 4096 bytes (RFC 8030, 7.2), also of letters of four bytes each. */
const LIMITS = { title: 150, body: 300 };
/** A phone that was off for longer is told nothing that is news no more, s. */
const TTL_SECONDS = 4 * 3600;

/** What calls nobody wakes nobody: it takes the place of what stands there, without a sound. */
const CALLS = new Set(['opened', 'raised', 'escalated', 'reopened', 'update_due', 'test']);

type Push = Extract<Target, { kind: 'push' }>;

/** What the worker in the browser is told; paths only, so that it can open nothing but this app. */
export interface PushPayload {
  title: string;
  body: string;
  /** The same for all of one incident. */
  tag: string;
  path: string;
  /** Acknowledges as the person whose browser it is. */
  acknowledge: string | null;
  calls: boolean;
}

/**
 * Wakes a browser over its push service (RFC 8030), encrypted for that browser alone (RFC 8291), as this app (RFC 8292). A
 * browser that is subscribed no more is taken off.
 */
export async function sendToPush(
  { config, db }: Pick<Services, 'config' | 'db'>,
  { deviceId, told, key }: Push,
  outgoing: Outgoing,
  now: Date,
): Promise<SendAnswer> {
  const { message, thread, acknowledge } = outgoing;
  const calls = CALLS.has(message.kind);
  const payload: PushPayload = {
    title: cut(markedHeadline(outgoing), LIMITS.title),
    body: cut(sentenceOf(outgoing), LIMITS.body),
    tag: thread,
    path: message.link,
    acknowledge: acknowledge ? new URL(acknowledge).pathname : null,
    calls,
  };
  const { headers, body } = webPush.generateRequestDetails(told, JSON.stringify(payload), {
    vapidDetails: { subject: subjectOf(config), ...key },
    contentEncoding: 'aes128gcm',
    TTL: TTL_SECONDS,
    urgency: calls ? 'high' : 'normal',
    // Of those of one incident that wait for a phone the newest is enough.
    topic: createHash('sha256').update(thread).digest('base64url').slice(0, 32),
  });
  const answer = await postOnce(config, {
    url: told.endpoint,
    headers: Object.fromEntries(
      Object.entries(headers)
        .map(([name, value]) => [name.toLowerCase(), String(value)] as const)
        .filter(([name]) => name !== 'content-length'),
    ),
    body,
    // Everybody who may look at a page may say that their browser is there.
    guarded: 'from_strangers',
  });
  const secrets = [...secretsOfUrl(told.endpoint), ...secretsIn(outgoing), told.keys.auth, key.privateKey];
  // What it says with its status is not for whoever chose where it is.
  const bare = answer.outcome === 'answered' ? { ...answer, body: Buffer.alloc(0) } : answer;
  const judged = judgeAnswer(bare, pushConvention, { secrets, now });
  if (answer.outcome === 'answered' && [404, 410].includes(answer.status))
    await endDevice({ db }, deviceId, `Its push service knows it no more (${answer.status}).`, now);
  return judged;
}

/** Whom a push service can ask about us: some take nothing without. */
function subjectOf({ APP_URL, SMTP_FROM, SUPPORT_FALLBACK_EMAIL }: Services['config']): string {
  if (APP_URL?.startsWith('https:')) return APP_URL;
  const from = /<([^>]+)>$/.exec(SMTP_FROM ?? '')?.[1] ?? SMTP_FROM;
  return `mailto:${from ?? SUPPORT_FALLBACK_EMAIL}`;
}
