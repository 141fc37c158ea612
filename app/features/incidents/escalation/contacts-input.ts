import { z } from 'zod';
import { isSameHost } from '../../../lib/settings/config.ts';
import { NTFY_TOPIC, TELEGRAM_CHAT } from '../../../lib/settings/setting-groups.ts';
import { isSigningSecret } from '../../../lib/settings/setting-fields.ts';
import { SEVERITIES, type Severity } from '../../../lib/severity.ts';
import { typedLine } from '../../../lib/visible.ts';
import { wrongWithTemplate } from '../../notify/channels/template/template.ts';
import { CONTACT_KINDS, mayBePersonal } from '../../notify/channel.ts';
import type { ContactKind } from '../../notify/message.ts';

export interface ContactInput {
  role: string;
  /** Empty while nobody is named. */
  name: string;
  /** Executives are told of an outage; responders are expected to work on it. */
  audience: 'responder' | 'executive';
}

const LONGEST_ROLE = 60;
const LONGEST_NAME = 100;

/** A role, as contacts and the policy's steps name it. */
export function readRole(fields: URLSearchParams): Read<string> {
  const role = lineOf(fields.get('role'));
  if (!role) return wrong('role', 'Say which role it is, e.g. Support Lead.');
  if (role.length > LONGEST_ROLE) return wrong('role', `A role has at most ${LONGEST_ROLE} characters.`);
  return { ok: true, value: role };
}

export function readContact(fields: URLSearchParams): Read<ContactInput> {
  const role = readRole(fields);
  if (!role.ok) return role;
  const name = lineOf(fields.get('name'));
  if (name.length > LONGEST_NAME) return wrong('name', `A name has at most ${LONGEST_NAME} characters.`);
  const audience = fields.get('audience');
  if (audience !== 'responder' && audience !== 'executive')
    return wrong('audience', 'Choose whether this is a responder or an executive.');
  return { ok: true, value: { role: role.value, name, audience } };
}

export interface ChannelInput {
  kind: ContactKind;
  /** null: the one that is kept stays. */
  address: string | null;
  /** null: the one that is kept stays; empty: none. */
  secret: string | null;
  /** What a webhook with a template is sent; null: the one that is kept stays, or there is none. */
  template: string | null;
  /** Nobody but the contact reads what arrives there. */
  personal: boolean;
}

const LONGEST = 2000;

/**
 * A channel of a contact.
 * @param kept the kind of the channel that is edited: what is left empty stays as it is; null for a new one
 * @param chatwootUrl what tells of Chatwoot's outage must not be Chatwoot
 */
export function readChannel(
  fields: URLSearchParams,
  { kept, chatwootUrl }: { kept: ContactKind | null; chatwootUrl: string | undefined },
): Read<ChannelInput> {
  const kind = kept ?? CONTACT_KINDS.find((candidate) => candidate === fields.get('kind'));
  if (!kind) return wrong('kind', 'Choose one of the list.');
  const text = lineOf(fields.get('address'));
  if (!text && !kept) return wrong('address', MISSING[kind]);
  const problem = text ? problemWith(kind, text, chatwootUrl) : null;
  if (problem) return wrong('address', problem);
  const secret = kind in SECRETS ? readSecret(kind, fields) : { ok: true as const, value: '' };
  if (!secret.ok) return secret;
  const template =
    kind === 'template' ? readTemplate(fields, kept !== null) : { ok: true as const, value: null };
  if (!template.ok) return template;
  const address = kind === 'email' ? text.toLowerCase() : text;
  const personal = mayBePersonal(kind) && fields.get('personal') === 'yes';
  return {
    ok: true,
    value: {
      ...{ kind, address: text ? address : null, secret: secret.value, template: template.value },
      personal,
    },
  };
}

const MISSING: Record<ContactKind, string> = {
  email: 'Give an e-mail address.',
  slack: 'Give the address of an incoming webhook of Slack.',
  pagerduty: 'Give the integration key, 32 characters.',
  webhook: 'Give the address to post to.',
  teams:
    'Give the address of a workflow of Teams that posts to a channel when a webhook request is received.',
  discord: 'Give the address of a webhook of a channel in Discord.',
  telegram: 'Give the number of a chat, or @name of a channel.',
  ntfy: 'Give the address of a topic, e.g. https://ntfy.sh/your-topic.',
  template: 'Give the address to post to.',
};

function problemWith(kind: ContactKind, text: string, chatwootUrl: string | undefined): string | null {
  if (text.length > LONGEST) return `That is too long: at most ${LONGEST} characters.`;
  switch (kind) {
    case 'email':
      return text.length <= 254 && z.email().safeParse(text).success ? null : 'This is no e-mail address.';
    case 'pagerduty':
      return /^\w{32}$/.test(text)
        ? null
        : 'This is no integration key of Events API v2: it has 32 letters and digits.';
    case 'telegram':
      return TELEGRAM_CHAT.test(text) ? null : 'This is no number of a chat, and no @name of a channel.';
    case 'slack':
    case 'teams':
    case 'discord':
    case 'ntfy':
    case 'webhook':
    case 'template': {
      const url = URL.canParse(text) ? new URL(text) : null;
      if (!url || !['http:', 'https:'].includes(url.protocol))
        return 'This is no address: it begins with https://.';
      if (url.username || url.password) return 'An address with a user name or password is not called.';
      if (kind === 'ntfy' && (!NTFY_TOPIC.test(url.pathname) || url.search))
        return 'This names no topic: it ends like https://ntfy.sh/your-topic.';
      if (kind === 'discord' && !/\/webhooks\/\d+\/[\w-]+$/.test(url.pathname))
        return 'This is no webhook of Discord: it ends with /api/webhooks/, a number and a token.';
      return chatwootUrl && isSameHost(text, chatwootUrl)
        ? 'This leads to Chatwoot, which cannot tell anybody that it is down.'
        : null;
    }
  }
}

/** What a secret of such a channel is, and why another text is none. */
const SECRETS: Partial<Record<ContactKind, { is: (secret: string) => boolean; problem: string }>> = {
  webhook: {
    is: isSigningSecret,
    problem: 'A secret is whsec_ and at least 16 bytes in base64, as Standard Webhooks has it.',
  },
  ntfy: {
    is: (token) => /^[\w.-]+$/.test(token),
    problem: 'An access token of ntfy has letters and digits only.',
  },
  template: {
    is: (value) => /^[\x20-\x7e]+$/.test(value),
    problem: 'An Authorization has plain letters, digits and signs only.',
  },
};

/** A template of JSON, each line as it was written. */
function readTemplate(fields: URLSearchParams, isKept: boolean): Read<string | null> {
  const text = (fields.get('template') ?? '').trim();
  if (!text)
    return isKept
      ? { ok: true, value: null }
      : wrong('template', 'Write what is to be sent, as JSON with fields.');
  const problem = wrongWithTemplate(text);
  return problem ? wrong('template', problem) : { ok: true, value: text };
}

function readSecret(kind: ContactKind, fields: URLSearchParams): Read<string | null> {
  if (fields.get('no_secret') === 'yes') return { ok: true, value: '' };
  const secret = lineOf(fields.get('secret'));
  if (!secret) return { ok: true, value: null };
  const { is, problem } = SECRETS[kind]!;
  return is(secret) && secret.length <= 500 ? { ok: true, value: secret } : wrong('secret', problem);
}

/** A step of the escalation policy as people edit it. */
export interface StepInput {
  role: string;
  afterMinutes: number;
  severities: Severity[];
  /** Empty: whatever the cause. */
  causes: string[];
  hosting: 'self_hosted' | 'saas' | null;
  whenAcknowledged: boolean;
  reason: string;
}

const LONGEST_REASON = 200;
/** A week: as the database has it. */
const LONGEST_MINUTES = 10_080;

export function readStep(fields: URLSearchParams): Read<StepInput> {
  const role = readRole(fields);
  if (!role.ok) return role;
  const minutes = lineOf(fields.get('after_minutes'));
  if (!/^\d{1,5}$/.test(minutes) || Number(minutes) > LONGEST_MINUTES)
    return wrong('after_minutes', `Give whole minutes from 0 to ${LONGEST_MINUTES}, which is a week.`);
  const severities = SEVERITIES.filter((severity) => fields.getAll('severity').includes(severity));
  if (severities.length === 0) return wrong('severity', 'Choose at least one severity.');
  const causes = [...new Set(fields.getAll('cause'))].slice(0, 50);
  if (causes.some((cause) => !/^[a-z_]{1,40}(:[\w .-]{1,60})?$/.test(cause)))
    return wrong('cause', 'Choose causes from the list.');
  const hosting = fields.get('hosting') ?? '';
  if (hosting !== '' && hosting !== 'self_hosted' && hosting !== 'saas')
    return wrong('hosting', 'Choose where Chatwoot runs, or that it does not matter.');
  const reason = lineOf(fields.get('reason'));
  if (!reason) return wrong('reason', 'Say why, in a few words: it stands in the message.');
  if (reason.length > LONGEST_REASON)
    return wrong('reason', `A reason has at most ${LONGEST_REASON} characters.`);
  return {
    ok: true,
    value: {
      role: role.value,
      afterMinutes: Number(minutes),
      severities,
      causes,
      hosting: hosting === '' ? null : hosting,
      whenAcknowledged: fields.get('when_acknowledged') === 'yes',
      reason,
    },
  };
}

/** What a form's fields were found to say, or which of them is wrong and why, in a sentence beside it. */
export type Read<T> = { ok: true; value: T } | { ok: false; field: string; problem: string };

export const wrong = (field: string, problem: string) => ({ ok: false, field, problem }) as const;

export const lineOf = (text: string | null): string => typedLine(text ?? '');
