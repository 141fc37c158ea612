import { z } from 'zod';
import { isSigningSecret } from '../../../lib/config-fields.ts';
import { isSameHost } from '../../../lib/config.ts';
import type { Channel } from '../../notify/message.ts';
import { lineOf, wrong, type Read } from './fields.ts';

export interface ChannelInput {
  kind: Channel['kind'];
  /** null: the one that is kept stays. */
  address: string | null;
  /** null: the one that is kept stays; empty: none. */
  secret: string | null;
}

const KINDS: readonly Channel['kind'][] = ['email', 'slack', 'pagerduty', 'webhook'];
const LONGEST = 2000;

/**
 * A channel of a contact.
 * @param kept the kind of the channel that is edited: what is left empty stays as it is; null for a new one
 * @param chatwootUrl what tells of Chatwoot's outage must not be Chatwoot
 */
export function readChannel(
  fields: URLSearchParams,
  { kept, chatwootUrl }: { kept: Channel['kind'] | null; chatwootUrl: string | undefined },
): Read<ChannelInput> {
  const kind = kept ?? KINDS.find((candidate) => candidate === fields.get('kind'));
  if (!kind) return wrong('kind', 'Choose e-mail, Slack, PagerDuty or webhook.');
  const text = lineOf(fields.get('address'));
  if (!text && !kept) return wrong('address', MISSING[kind]);
  const problem = text ? problemWith(kind, text, chatwootUrl) : null;
  if (problem) return wrong('address', problem);
  const secret = kind === 'webhook' ? readSecret(fields) : { ok: true as const, value: '' };
  if (!secret.ok) return secret;
  const address = kind === 'email' ? text.toLowerCase() : text;
  return { ok: true, value: { kind, address: text ? address : null, secret: secret.value } };
}

const MISSING: Record<Channel['kind'], string> = {
  email: 'Give an e-mail address.',
  slack: 'Give the address of an incoming webhook of Slack.',
  pagerduty: 'Give the integration key, 32 characters.',
  webhook: 'Give the address to post to.',
};

function problemWith(kind: Channel['kind'], text: string, chatwootUrl: string | undefined): string | null {
  if (text.length > LONGEST) return `That is too long: at most ${LONGEST} characters.`;
  switch (kind) {
    case 'email':
      return text.length <= 254 && z.email().safeParse(text).success ? null : 'This is no e-mail address.';
    case 'pagerduty':
      return /^\w{32}$/.test(text)
        ? null
        : 'This is no integration key of Events API v2: it has 32 letters and digits.';
    case 'slack':
    case 'webhook': {
      const url = URL.canParse(text) ? new URL(text) : null;
      if (!url || !['http:', 'https:'].includes(url.protocol))
        return 'This is no address: it begins with https://.';
      if (url.username || url.password) return 'An address with a user name or password is not called.';
      return chatwootUrl && isSameHost(text, chatwootUrl)
        ? 'This leads to Chatwoot, which cannot tell anybody that it is down.'
        : null;
    }
  }
}

function readSecret(fields: URLSearchParams): Read<string | null> {
  if (fields.get('no_secret') === 'yes') return { ok: true, value: '' };
  const secret = lineOf(fields.get('secret'));
  if (!secret) return { ok: true, value: null };
  return isSigningSecret(secret) && secret.length <= 500
    ? { ok: true, value: secret }
    : wrong('secret', 'A secret is whsec_ and at least 16 bytes in base64, as Standard Webhooks has it.');
}
