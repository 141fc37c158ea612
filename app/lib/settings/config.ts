import { createSecretKey, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import {
  ACCESS_SETTINGS,
  BACKUP_SETTINGS,
  DELIVERY_SETTINGS,
  FALLBACK_SETTINGS,
  INTAKE_SETTINGS,
  NOTIFY_SETTINGS,
  OUTAGE_SETTINGS,
  STATUS_SETTINGS,
  TRACE_SETTINGS,
} from './setting-groups.ts';
import { databaseUrl, flag, http, list, text, url, wholeNumber } from './setting-fields.ts';
import { LEAST } from '../database/limits.ts';

/** A key that encrypts stored message texts; its name is stored with what it encrypted. */
export interface EncryptionKey {
  id: string;
  /** 256 bits; made once, because a cipher on raw bytes takes four times as long (measured). */
  key: KeyObject;
}

const encryptionKeys = list.transform((parts, ctx): EncryptionKey[] =>
  parts.map((part) => {
    const [id = '', secret = ''] = part.split(':');
    const key = Buffer.from(secret, 'base64');
    if (/^[\w-]{1,32}$/.test(id) && key.length === 32) return { id, key: createSecretKey(key) };
    ctx.addIssue(
      'DATA_ENCRYPTION_KEYS is malformed: put NAME:KEY there, KEY being 32 bytes in base64 (openssl rand -base64 32), several separated by commas.',
    );
    return z.NEVER;
  }),
);

/** An origin with an optional wildcard host, as Content-Security-Policy takes it. */
const FRAME_ANCESTOR = /^(https:\/\/(\*\.)?[a-z0-9.-]{1,253}(:\d{1,5})?|'self')$/;

const frameAncestors = list.transform((parts, ctx) => {
  const wrong = parts.find((part) => !FRAME_ANCESTOR.test(part));
  if (wrong === undefined) return parts;
  ctx.addIssue(
    `FRAME_ANCESTORS contains "${wrong}": put https origins there, separated by commas, e.g. https://admin.shopify.com,https://*.myshopify.com.`,
  );
  return z.NEVER;
});

/** Every setting of the product: what the process itself needs, and those of the features, which are in setting-groups.ts. */
const schema = z.object({
  ROLE: text.transform((value, ctx) => {
    if (value === undefined) return 'all' as const;
    if (value === 'all' || value === 'web' || value === 'worker') return value;
    ctx.addIssue(`ROLE is "${value}": put all, web or worker there (default all).`);
    return z.NEVER;
  }),
  PORT: wholeNumber('PORT', 3000, 0, 65535),
  HOST: text.transform((value) => value ?? '127.0.0.1'),
  APP_URL: url('APP_URL', http, 'https://outage.example.com'),
  DATA_DIR: text.transform((value) => value ?? './var'),
  DATABASE_URL: databaseUrl('DATABASE_URL'),
  DATABASE_DIRECT_URL: databaseUrl('DATABASE_DIRECT_URL'),
  DATABASE_READ_URL: databaseUrl('DATABASE_READ_URL'),
  DATABASE_POOL_MAX: text.transform((value, ctx) => {
    if (value === undefined) return null;
    const n = Number(value);
    if (Number.isInteger(n) && n >= LEAST && n <= 200) return n;
    ctx.addIssue(
      `DATABASE_POOL_MAX is "${value}": put a whole number from ${LEAST} to 200 there (default: what the server allows, at most 30).`,
    );
    return z.NEVER;
  }),
  DATABASE_TIMEOUT_MS: wholeNumber('DATABASE_TIMEOUT_MS', 2000, 100, 60_000),
  LOG_LEVEL: text.transform((value, ctx) => {
    const levels = ['fatal', 'error', 'warn', 'info', 'debug', 'silent'] as const;
    const level = levels.find((candidate) => candidate === (value ?? 'info'));
    if (level) return level;
    ctx.addIssue(`LOG_LEVEL is "${value}": put one of ${levels.join(', ')} there (default info).`);
    return z.NEVER;
  }),
  LOG_FORMAT: text.transform((value, ctx) => {
    const formats = ['auto', 'json', 'pretty'] as const;
    const format = formats.find((candidate) => candidate === (value ?? 'auto'));
    if (format) return format;
    ctx.addIssue(
      `LOG_FORMAT is "${value}": put pretty or json there (default: pretty on a terminal, else json).`,
    );
    return z.NEVER;
  }),

  FRAME_ANCESTORS: frameAncestors,
  OUTBOUND_ALLOW_PRIVATE: flag('OUTBOUND_ALLOW_PRIVATE', false),
  OUTBOUND_LOOPBACK_ONLY: flag('OUTBOUND_LOOPBACK_ONLY', false),
  DATA_ENCRYPTION_KEYS: encryptionKeys,
  MESSAGE_RETENTION_DAYS: wholeNumber('MESSAGE_RETENTION_DAYS', 30, 0, 36_500),
  EVENT_RETENTION_DAYS: wholeNumber('EVENT_RETENTION_DAYS', 90, 0, 36_500),
  FACT_RETENTION_DAYS: wholeNumber('FACT_RETENTION_DAYS', 400, 0, 36_500),

  AGENT_SDK_URL: url('AGENT_SDK_URL', http, 'https://hotdash-agent-service.fly.dev'),
  CHATWOOT_BASE_URL: url('CHATWOOT_BASE_URL', http, 'https://chatwoot.example.com'),
  CHATWOOT_ACCOUNT_ID: text.transform((value, ctx) => {
    if (value === undefined || /^[1-9]\d{0,17}$/.test(value)) return value;
    ctx.addIssue(
      `CHATWOOT_ACCOUNT_ID is "${value}": put the number from the address of your Chatwoot dashboard (/app/accounts/NUMBER) there.`,
    );
    return z.NEVER;
  }),
  CHATWOOT_API_TOKEN: text,

  ...INTAKE_SETTINGS,
  ...DELIVERY_SETTINGS,
  ...ACCESS_SETTINGS,
  ...OUTAGE_SETTINGS,
  ...NOTIFY_SETTINGS,
  ...FALLBACK_SETTINGS,
  ...BACKUP_SETTINGS,
  ...STATUS_SETTINGS,
  ...TRACE_SETTINGS,
});

/** Every variable of the environment that is read. */
export const SETTING_NAMES: readonly string[] = Object.keys(schema.shape);

type Settings = z.infer<typeof schema>;

/** The connection to Chatwoot and the Agent service: all of it, or none of it. */
export interface Connection {
  agentUrl: string;
  chatwootUrl: string;
  accountId: string;
  apiToken: string;
}

/** Single sign-on by OpenID Connect: all of it, or none of it. */
export interface Oidc {
  issuer: string;
  clientId: string;
  clientSecret: string;
  /** An e-mail address counts also when the provider does not say that it verified it. */
  trustEmail: boolean;
}

export interface Config extends Settings {
  connection: Connection | null;
  oidc: Oidc | null;
}

const CONNECTION = {
  AGENT_SDK_URL: 'the address of the Agent SDK service, e.g. https://hotdash-agent-service.fly.dev',
  CHATWOOT_BASE_URL: 'the address of your Chatwoot, e.g. https://chatwoot.example.com',
  CHATWOOT_ACCOUNT_ID: 'the number in the address of your Chatwoot dashboard, /app/accounts/NUMBER',
  CHATWOOT_API_TOKEN: "a user's access token, from that user's profile settings in Chatwoot",
} as const;

const OIDC = {
  OIDC_ISSUER: 'the address of your identity provider, e.g. https://login.example.com',
  OIDC_CLIENT_ID: 'the client id that your identity provider gave this app',
  OIDC_CLIENT_SECRET: 'the client secret that your identity provider gave this app',
} as const;

const EMAIL = {
  SMTP_URL: 'the address of a mail server, e.g. smtps://user:password@smtp.example.com:465',
  SMTP_FROM: 'the address that e-mails come from, e.g. Outage Center <outage@example.com>',
} as const;

const STATUSPAGE = {
  STATUSPAGE_API_KEY: 'an API key, from your user menu at manage.statuspage.io',
  STATUSPAGE_PAGE_ID: 'the id of your page, from its address at manage.statuspage.io/pages/ID',
} as const;

const HOW_MANY: Record<number, string> = { 2: 'both', 3: 'all three', 4: 'all four' };

/**
 * One sentence for each variable that is missing from a group of which others are set.
 * @param neededBy variables that are of no use without the group
 */
function missingOf(
  what: string,
  group: Record<string, string>,
  env: Record<string, string | undefined>,
  neededBy: string[] = [],
): string[] {
  const names = Object.keys(group);
  const isSet = (name: string) => Boolean(env[name]?.trim());
  const missing = names.filter((name) => !isSet(name));
  const needs = neededBy.filter(isSet);
  if (missing.length === names.length && needs.length === 0) return [];
  const why = needs.length > 0 ? `${needs.join(', ')} needs it` : 'or none';
  return missing.map(
    (name) =>
      `${name} is missing: ${what} is ${HOW_MANY[names.length]} of ${names.join(', ')}${needs.length > 0 ? ', and ' : ' '}${why}. Put ${group[name]} there.`,
  );
}

/** What tells of Chatwoot's outage must not be Chatwoot. */
function toldOverChatwoot({ CHATWOOT_BASE_URL, ...settings }: Settings): string[] {
  const { SLACK_WEBHOOK_URL, TEAMS_WEBHOOK_URL, DISCORD_WEBHOOK_URL, NTFY_URL, NOTIFY_WEBHOOK_URL } =
    settings;
  return Object.entries({
    ...{ SLACK_WEBHOOK_URL, TEAMS_WEBHOOK_URL, DISCORD_WEBHOOK_URL, NTFY_URL, NOTIFY_WEBHOOK_URL },
  })
    .filter(([, value]) => value && CHATWOOT_BASE_URL && isSameHost(value, CHATWOOT_BASE_URL))
    .map(
      ([name]) =>
        `${name} leads to Chatwoot, which cannot tell anybody that it is down: put another address there.`,
    );
}

/** Whether two addresses lead to the same machine and port. */
export const isSameHost = (a: string, b: string): boolean => hostOf(a) === hostOf(b);

/** A name with a dot at its end is the same name. */
const hostOf = (url: string) => new URL(url).host.replace(/\.(?=:\d+$|$)/, '');

/**
 * Reads every setting at once.
 * @param env variable names and their texts, usually process.env
 * @returns the configuration, or one sentence for each missing or malformed variable saying what to put there.
 *   The connection, single sign-on and e-mail are all-or-nothing: with some of their variables set, each missing one is a problem.
 */
export function parseConfig(
  env: Record<string, string | undefined>,
): { ok: true; config: Config } | { ok: false; problems: string[] } {
  const parsed = schema.safeParse(env);
  const problems = parsed.success ? [] : parsed.error.issues.map((issue) => issue.message);
  problems.push(
    ...missingOf('the connection', CONNECTION, env),
    ...missingOf('single sign-on', OIDC, env),
    ...missingOf('e-mail', EMAIL, env, ['NOTIFY_EMAIL_TO']),
    ...missingOf('Statuspage', STATUSPAGE, env),
    ...(env.TELEGRAM_CHAT_ID?.trim() && !env.TELEGRAM_BOT_TOKEN?.trim()
      ? ['TELEGRAM_BOT_TOKEN is missing: TELEGRAM_CHAT_ID needs it. Put the token of your bot there.']
      : []),
    ...(parsed.success ? toldOverChatwoot(parsed.data) : []),
  );
  if (!parsed.success || problems.length > 0) return { ok: false, problems };
  const settings = parsed.data;
  const { AGENT_SDK_URL, CHATWOOT_BASE_URL, CHATWOOT_ACCOUNT_ID, CHATWOOT_API_TOKEN } = settings;
  const connection =
    AGENT_SDK_URL && CHATWOOT_BASE_URL && CHATWOOT_ACCOUNT_ID && CHATWOOT_API_TOKEN
      ? {
          agentUrl: AGENT_SDK_URL,
          chatwootUrl: CHATWOOT_BASE_URL,
          accountId: CHATWOOT_ACCOUNT_ID,
          apiToken: CHATWOOT_API_TOKEN,
        }
      : null;
  const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId, OIDC_CLIENT_SECRET: clientSecret } = settings;
  const { OIDC_TRUST_EMAIL: trustEmail } = settings;
  const oidc = issuer && clientId && clientSecret ? { issuer, clientId, clientSecret, trustEmail } : null;
  return { ok: true, config: { ...settings, connection, oidc } };
}
