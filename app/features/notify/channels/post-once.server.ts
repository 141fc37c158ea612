import { isPage, outcomeOfError, parseRetryAfter } from '../../../lib/http/attempt-outcome.ts';
import { isLoopbackAddress } from '../../../lib/http/outbound-address.ts';
import { createOutboundFetch, type OutboundAnswer } from '../../../lib/http/outbound.server.ts';
import type { Services } from '../../../lib/services.server.ts';
import { cut, visible } from '../../../lib/visible.ts';
import type { PostKind } from '../channel.ts';
import type { SendAnswer } from '../decide-after-send.ts';
import { secretsIn } from '../message-words.ts';
import type { Outgoing } from '../message.ts';
import type { Convention, Place, Service } from './conventions.ts';
import { discord } from './discord/discord.ts';
import { ntfy } from './ntfy/ntfy.ts';
import { teams } from './teams/teams.ts';
import { telegram } from './telegram/telegram.ts';
import { template } from './template/template.ts';

/** For one try, ms. */
const TIMEOUT_MS = 8000;
/** Unless it says otherwise; half a JSON would say nothing. */
const READ_BYTES = 65_536;

export interface Post {
  url: string;
  /** POST when left out. */
  method?: 'GET' | 'POST' | 'PATCH';
  headers: Record<string, string>;
  body?: string | Buffer;
  /** Of an answer no more than this is looked at, bytes. */
  maxBytes?: number;
  /**
   * The address was set in the app: only public ones are called, unless OUTBOUND_ALLOW_PRIVATE says otherwise; that is not
   * said of those that come from strangers. One of the environment is the operator's own.
   */
  guarded: boolean | 'from_strangers';
}

/** Calls once. Redirects are not followed: whoever follows one with a POST may end at a page that answers 200 to anything. */
export async function postOnce(config: Services['config'], post: Post): Promise<OutboundAnswer> {
  const onlyHere = config.OUTBOUND_LOOPBACK_ONLY;
  const send = createOutboundFetch({
    allowPrivate: !onlyHere && (!post.guarded || (post.guarded === true && config.OUTBOUND_ALLOW_PRIVATE)),
    ...(onlyHere && { isAllowed: isLoopbackAddress }),
    timeoutMs: TIMEOUT_MS,
    maxBytes: post.maxBytes ?? READ_BYTES,
    redirects: 'none',
  });
  try {
    const { url, method = 'POST', headers, body } = post;
    const answer = await send(url, { method, headers, body });
    if (!onlyHere || answer.outcome !== 'refused' || answer.reason !== 'private_address') return answer;
    return {
      ...answer,
      detail: 'OUTBOUND_LOOPBACK_ONLY is set, as in the demo: nothing leaves this machine.',
    };
  } finally {
    await send.close();
  }
}

const NETWORK_WORDS: Record<string, string> = {
  dns: 'Its name could not be resolved.',
  refused: 'It refused the connection.',
  tls: 'No secure connection to it.',
  reset: 'It broke the connection off.',
  timeout: 'It did not answer in time.',
};

/**
 * What became of a message, from the answer.
 * @param secrets what must not stand in what is kept of it
 */
export function judgeAnswer(
  answer: OutboundAnswer,
  convention: Convention,
  { secrets, now }: { secrets: readonly string[]; now: Date },
): SendAnswer {
  if (answer.outcome === 'refused')
    return { outcome: 'refused', answer: hideSecrets(`Not called: ${answer.detail}`, secrets) };
  if (answer.outcome === 'failed')
    return {
      outcome: 'retry',
      answer: NETWORK_WORDS[outcomeOfError(answer.error)] ?? 'The connection failed.',
      retryAfterMs: null,
    };
  const { status, headers } = answer;
  const body = answer.body.toString('utf8');
  const meaning = convention({ status, body, headers });
  const said = `${status} ${isPage(body) ? 'with a page instead of an answer' : body}`;
  const isDenial = status >= 200 && status < 300 && meaning.outcome !== 'accepted';
  const text = hideSecrets(isDenial ? `It did not say that it took it: ${said}` : said, secrets);
  if (meaning.outcome !== 'retry') return { outcome: meaning.outcome, answer: text };
  const asked = parseRetryAfter(headers['retry-after'], now, headers.date);
  const waits = [asked, meaning.waitMs].filter((ms) => ms !== null);
  return { outcome: 'retry', answer: text, retryAfterMs: waits.length > 0 ? Math.max(...waits) : null };
}

/** What is kept of another side's answer. */
const LONGEST = 300;
/** Shorter texts are no secrets, and hiding them would hide words. */
const SHORTEST_SECRET = 6;

/** An answer as it may be logged and shown: one short line without what only this app and the other side know. */
export function hideSecrets(answer: string, secrets: readonly string[]): string {
  const longestFirst = secrets
    .filter((secret) => secret.length >= SHORTEST_SECRET)
    .sort((a, b) => b.length - a.length);
  const hidden = longestFirst.reduce((text, secret) => text.replaceAll(secret, '[hidden]'), answer);
  return cut(visible(hidden.toWellFormed().replaceAll(/\s+/g, ' ').trim()), LONGEST);
}

/** The parts of an address that are a secret: all but its origin. */
export function secretsOfUrl(url: string): string[] {
  if (!URL.canParse(url)) return [url];
  const { href, pathname, search, searchParams, username, password } = new URL(url);
  const parts = [
    url,
    href,
    pathname,
    pathname.slice(1),
    search,
    ...pathname.split('/').filter((part) => part.length > 7),
    // As they stand there and as they are meant.
    ...search.split(/[?&=]/).filter((part) => part.length > 7),
    ...[...searchParams.values()].filter((value) => value.length > 7),
  ];
  const credentials = [username, password].flatMap((text) => [text, decodedPart(text)]);
  return [...parts, ...credentials].filter((part) => part !== '' && part !== '/');
}

/** A user name or password of a URL as it was meant; as it stands there when it is no percent-encoding. */
export function decodedPart(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const SERVICES: Record<PostKind, Service> = { teams, discord, telegram, ntfy, template };

/** Posts a message to Teams, Discord, Telegram, ntfy, or by a template, and judges the answer as that service means it. */
export async function sendToService(
  config: Services['config'],
  place: Place,
  outgoing: Outgoing,
  now: Date,
): Promise<SendAnswer> {
  const service = SERVICES[place.kind];
  const { url, headers = {}, body } = service.post(outgoing, place);
  const answer = await postOnce(config, {
    url,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    guarded: place.guarded,
  });
  // Who knows the name of an open topic reads it, and ntfy says it again.
  const own = [place.secret, place.to].filter((one) => one !== null);
  const secrets = [...secretsOfUrl(url), ...secretsIn(outgoing), ...own];
  return judgeAnswer(answer, service.convention, { secrets, now });
}
