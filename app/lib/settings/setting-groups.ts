import { z } from 'zod';
import {
  decimal,
  duration,
  flag,
  http,
  list,
  signingSecret,
  text,
  url,
  wholeNumber,
} from './setting-fields.ts';

/** An additional probe: HTTP when its URL says so, else a TCP connection. */
interface HealthTarget {
  name: string;
  url: string;
}

const targets = list.transform((parts, ctx): HealthTarget[] =>
  parts.map((part) => {
    const [, name = '', address = ''] = /^([\w .-]{1,40})=(.+)$/.exec(part) ?? [];
    const usable =
      URL.canParse(address) && [...http, 'tcp:'].includes(new URL(address).protocol)
        ? new URL(address)
        : undefined;
    if (name && usable && (usable.protocol !== 'tcp:' || usable.port)) return { name, url: address };
    ctx.addIssue(
      `HEALTH_TARGETS has "${part}": put NAME=URL there, e.g. Redis=tcp://redis.example.com:6379, several separated by commas.`,
    );
    return z.NEVER;
  }),
);

/** A token in an address proves itself alone, and may be tried from anywhere. */
const SHORTEST_WEBHOOK_TOKEN = 16;

/** Webhooks as they come in. */
export const INTAKE_SETTINGS = {
  CHATWOOT_WEBHOOK_SECRET: list,
  CHATWOOT_WEBHOOK_TOKEN: text.transform((value, ctx) => {
    if (value === undefined || value.length >= SHORTEST_WEBHOOK_TOKEN) return value;
    ctx.addIssue(
      `CHATWOOT_WEBHOOK_TOKEN is too short: put at least ${SHORTEST_WEBHOOK_TOKEN} random characters there, e.g. from "openssl rand -hex 24", and the same after ?token= in the webhook's address.`,
    );
    return z.NEVER;
  }),
  CHATWOOT_WEBHOOK_ALLOW_UNSIGNED: flag('CHATWOOT_WEBHOOK_ALLOW_UNSIGNED', false),
  CHATWOOT_WEBHOOK_TOLERANCE_SECONDS: wholeNumber('CHATWOOT_WEBHOOK_TOLERANCE_SECONDS', 300, 1, 86_400),
  CHATWOOT_SENDER_TIMEOUT: duration('CHATWOOT_SENDER_TIMEOUT', '5s', '10ms', '10m'),
  WEBHOOK_MAX_BODY_BYTES: wholeNumber('WEBHOOK_MAX_BODY_BYTES', 10_485_760, 1024, 104_857_600),
};

/** Handing on to the Agent service: tries, their pace, and the circuit breaker. */
export const DELIVERY_SETTINGS = {
  AGENT_SDK_WEBHOOK_SECRET: signingSecret('AGENT_SDK_WEBHOOK_SECRET'),
  CHATWOOT_WEBHOOK_MAX_ATTEMPTS: wholeNumber('CHATWOOT_WEBHOOK_MAX_ATTEMPTS', 6, 1, 100),
  CHATWOOT_WEBHOOK_BASE_DELAY_MS: wholeNumber('CHATWOOT_WEBHOOK_BASE_DELAY_MS', 1000, 1, 3_600_000),
  CHATWOOT_WEBHOOK_BACKOFF_FACTOR: decimal('CHATWOOT_WEBHOOK_BACKOFF_FACTOR', 4, 1, 100),
  DELIVERY_SETTLE_MS: wholeNumber('DELIVERY_SETTLE_MS', 250, 0, 10_000),
  WEBHOOK_TIMEOUT_MS: wholeNumber('WEBHOOK_TIMEOUT_MS', 10_000, 50, 600_000),
  WEBHOOK_CONCURRENCY: wholeNumber('WEBHOOK_CONCURRENCY', 50, 1, 2000),
  WEBHOOK_RETRY_AFTER_MAX_MS: wholeNumber('WEBHOOK_RETRY_AFTER_MAX_MS', 600_000, 0, 86_400_000),

  BREAKER_ENABLED: flag('BREAKER_ENABLED', true),
  BREAKER_FAILURES_IN_ROW: wholeNumber('BREAKER_FAILURES_IN_ROW', 10, 1, 100_000),
  BREAKER_FAILURE_RATIO: decimal('BREAKER_FAILURE_RATIO', 0.5, 0.01, 1),
  BREAKER_MIN_ATTEMPTS: wholeNumber('BREAKER_MIN_ATTEMPTS', 20, 1, 1_000_000),
  BREAKER_WINDOW_SECONDS: wholeNumber('BREAKER_WINDOW_SECONDS', 60, 1, 300),
  BREAKER_COOLDOWN_MS: wholeNumber('BREAKER_COOLDOWN_MS', 5000, 10, 3_600_000),
  BREAKER_COOLDOWN_MAX_MS: wholeNumber('BREAKER_COOLDOWN_MAX_MS', 60_000, 10, 86_400_000),
};

/** Probes and alert rules; the defaults are the runbook's, section 6. */
export const OUTAGE_SETTINGS = {
  HEALTH_CHECK_INTERVAL: duration('HEALTH_CHECK_INTERVAL', '5m', '100ms', '1h'),
  HEALTH_CONFIRM_INTERVAL: duration('HEALTH_CONFIRM_INTERVAL', '30s', '50ms', '1h'),
  HEALTH_TIMEOUT: duration('HEALTH_TIMEOUT', '10s', '50ms', '2m'),
  HEALTH_TARGETS: targets,
  CHATWOOT_HEALTH_PATH: text.transform((value, ctx) => {
    if (value === undefined || /^\/[\w./?=&-]*$/.test(value)) return value;
    ctx.addIssue(
      `CHATWOOT_HEALTH_PATH is "${value}": put a path such as /health there, or leave it out to have it found.`,
    );
    return z.NEVER;
  }),
  CHATWOOT_HOSTING: text.transform((value, ctx) => {
    if (value === undefined) return 'self_hosted' as const;
    if (value === 'self_hosted' || value === 'saas') return value;
    ctx.addIssue(`CHATWOOT_HOSTING is "${value}": put self_hosted or saas there (default self_hosted).`);
    return z.NEVER;
  }),
  CHATWOOT_STATUS_PAGE_URL: url('CHATWOOT_STATUS_PAGE_URL', http, 'https://status.chatwoot.com'),
  CANARY_INBOX_ID: text.transform((value, ctx) => {
    if (value === undefined) return undefined;
    if (/^[1-9]\d{0,9}$/.test(value)) return Number(value);
    ctx.addIssue(
      `CANARY_INBOX_ID is "${value}": put the number of an API inbox of Chatwoot there, or leave it out to have one made.`,
    );
    return z.NEVER;
  }),
  RECOVERY_GREEN_FOR: duration('RECOVERY_GREEN_FOR', '15m', '1s', '1d'),
  RECOVERY_WATCH_FOR: duration('RECOVERY_WATCH_FOR', '30m', '1s', '1d'),
  HEARTBEAT_URL: url('HEARTBEAT_URL', http, 'https://hc-ping.com/your-id'),

  ALERT_HEALTH_FAILURES: wholeNumber('ALERT_HEALTH_FAILURES', 2, 1, 100),
  ALERT_RECOVERY_CHECKS: wholeNumber('ALERT_RECOVERY_CHECKS', 3, 1, 100),
  ALERT_SUCCESS_RATIO: decimal('ALERT_SUCCESS_RATIO', 0.8, 0, 1),
  ALERT_SUCCESS_WARNING_RATIO: decimal('ALERT_SUCCESS_WARNING_RATIO', 0.98, 0, 1),
  ALERT_SUCCESS_WINDOW: duration('ALERT_SUCCESS_WINDOW', '10m', '1m', '1h'),
  ALERT_SUCCESS_MIN_ATTEMPTS: wholeNumber('ALERT_SUCCESS_MIN_ATTEMPTS', 5, 1, 1_000_000),
  ALERT_DEAD_LETTERS_PER_HOUR: wholeNumber('ALERT_DEAD_LETTERS_PER_HOUR', 10, 0, 1_000_000),
  ALERT_DEAD_LETTERS_WARNING_PER_HOUR: wholeNumber('ALERT_DEAD_LETTERS_WARNING_PER_HOUR', 5, 0, 1_000_000),
  ALERT_RESPONSE_TIME: duration('ALERT_RESPONSE_TIME', '20m', '1s', '7d'),
};

/** A chat of Telegram: its number, or the name of a public channel (https://core.telegram.org/bots/api#sendmessage). */
export const TELEGRAM_CHAT = /^(-?\d{1,20}|@\w{4,40})$/;
/** The path of a topic of ntfy: its last part is its name (https://docs.ntfy.sh/publish/). */
export const NTFY_TOPIC = /\/[\w-]{1,64}$/;

/** Channels that are told of every incident; contacts have channels of their own. */
export const NOTIFY_SETTINGS = {
  SLACK_WEBHOOK_URL: url('SLACK_WEBHOOK_URL', http, 'https://hooks.slack.com/services/…'),
  TEAMS_WEBHOOK_URL: url('TEAMS_WEBHOOK_URL', http, 'https://prod-00.westeurope.logic.azure.com/workflows/…'),
  DISCORD_WEBHOOK_URL: url('DISCORD_WEBHOOK_URL', http, 'https://discord.com/api/webhooks/…'),
  TELEGRAM_BOT_TOKEN: text.transform((value, ctx) => {
    if (value === undefined || /^\d{3,20}:[\w-]{20,100}$/.test(value)) return value;
    ctx.addIssue('TELEGRAM_BOT_TOKEN is malformed: put the token there that BotFather gave, 123456:ABC….');
    return z.NEVER;
  }),
  TELEGRAM_CHAT_ID: text.transform((value, ctx) => {
    if (value === undefined || TELEGRAM_CHAT.test(value)) return value;
    ctx.addIssue('TELEGRAM_CHAT_ID is malformed: put the number of a chat there, or @name of a channel.');
    return z.NEVER;
  }),
  TELEGRAM_API_URL: url('TELEGRAM_API_URL', http, 'https://api.telegram.org').transform(
    (value) => value ?? 'https://api.telegram.org',
  ),
  NTFY_URL: url('NTFY_URL', http, 'https://ntfy.sh/your-topic').transform((value, ctx) => {
    if (value === undefined || NTFY_TOPIC.test(new URL(value).pathname)) return value;
    ctx.addIssue('NTFY_URL names no topic: put something like https://ntfy.sh/your-topic there.');
    return z.NEVER;
  }),
  NTFY_TOKEN: text,
  SMTP_URL: url('SMTP_URL', ['smtp:', 'smtps:'], 'smtps://user:password@smtp.example.com:465'),
  SMTP_FROM: text.transform((value, ctx) => {
    if (value === undefined || /^([^<>\r\n]*<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$/.test(value))
      return value;
    ctx.addIssue(
      `SMTP_FROM is "${value}": put an e-mail address there, e.g. Outage Center <outage@example.com>.`,
    );
    return z.NEVER;
  }),
  NOTIFY_EMAIL_TO: list.transform((addresses, ctx) => {
    const wrong = addresses.find((address) => !z.email().safeParse(address).success);
    if (wrong === undefined) return addresses;
    ctx.addIssue(`NOTIFY_EMAIL_TO has "${wrong}": put e-mail addresses there, separated by commas.`);
    return z.NEVER;
  }),
  PAGERDUTY_ROUTING_KEY: text.transform((value, ctx) => {
    if (value === undefined || /^\w{32}$/.test(value)) return value;
    ctx.addIssue(
      'PAGERDUTY_ROUTING_KEY is malformed: put the 32 characters of an Events API v2 integration there.',
    );
    return z.NEVER;
  }),
  PAGERDUTY_EVENTS_URL: url('PAGERDUTY_EVENTS_URL', http, 'https://events.pagerduty.com').transform(
    (value) => value ?? 'https://events.pagerduty.com/v2/enqueue',
  ),
  NOTIFY_WEBHOOK_URL: url('NOTIFY_WEBHOOK_URL', http, 'https://hooks.example.com/outages'),
  NOTIFY_WEBHOOK_SECRET: signingSecret('NOTIFY_WEBHOOK_SECRET'),
};

/** Fallback mode and the clock of customers who wait; the defaults are the runbook's, section 3. */
export const FALLBACK_SETTINGS = {
  SUPPORT_FALLBACK_EMAIL: text.transform((value, ctx) => {
    if (value === undefined) return 'support@hotrodan.com';
    if (/^[^\s@<>"]+@[^\s@<>"]+\.[^\s@<>"]+$/.test(value)) return value;
    ctx.addIssue(
      `SUPPORT_FALLBACK_EMAIL is "${value}": put the address there that customers write to while support is down (default support@hotrodan.com).`,
    );
    return z.NEVER;
  }),
  SUPPORT_STATUS_PAGE_URL: url('SUPPORT_STATUS_PAGE_URL', http, 'https://status.example.com'),
  /** Alert rules that switch fallback mode on by themselves; of none by default: it is suggested only. */
  FALLBACK_AUTO_RULES: list.transform((rules, ctx) => {
    const wrong = rules.find((rule) => !/^[\w:. -]{1,60}$/.test(rule));
    if (wrong === undefined) return rules;
    ctx.addIssue(
      `FALLBACK_AUTO_RULES has "${wrong}": put names of alert rules there, separated by commas, e.g. chatwoot_down,agent_down.`,
    );
    return z.NEVER;
  }),
  /** A customer's first answer is due within this time. */
  SLA_FIRST_RESPONSE: duration('SLA_FIRST_RESPONSE', '30m', '1m', '7d'),
  /** How often Chatwoot is compared with the inbox, besides after each outage. */
  RECONCILE_INTERVAL: duration('RECONCILE_INTERVAL', '15m', '1s', '1d'),
  /** Messages younger than this are not missed yet: their webhooks may be on their way. */
  RECONCILE_SETTLE: duration('RECONCILE_SETTLE', '30s', '0s', '1h'),
};

/** Who is let in, and by what they are known. */
export const ACCESS_SETTINGS = {
  TRUSTED_PROXIES: wholeNumber('TRUSTED_PROXIES', 0, 0, 10),
  SESSION_SECRET: text.transform((value, ctx) => {
    if (value === undefined || value.length >= 32) return value;
    ctx.addIssue(
      'SESSION_SECRET is too short: put at least 32 random characters there, e.g. from "openssl rand -base64 32".',
    );
    return z.NEVER;
  }),
  OIDC_ISSUER: url('OIDC_ISSUER', http, 'https://login.example.com'),
  OIDC_CLIENT_ID: text,
  OIDC_CLIENT_SECRET: text,
  /** Only for a provider at which nobody can choose their e-mail address. */
  OIDC_TRUST_EMAIL: flag('OIDC_TRUST_EMAIL', false),
  /** Admins without a second factor may do what a viewer may, until they have one. */
  REQUIRE_ADMIN_SECOND_FACTOR: flag('REQUIRE_ADMIN_SECOND_FACTOR', false),
  MESSAGE_LINKS: flag('MESSAGE_LINKS', true),
  MCP: text.transform((value, ctx) => {
    if (value === undefined || value === 'on' || value === 'off') return value ?? 'on';
    ctx.addIssue(`MCP is "${value}": put on or off there (default on).`);
    return z.NEVER;
  }),
  /** /metrics without a token for whoever connects from this machine, which a proxy on it does for everybody. */
  METRICS_ALLOW_LOOPBACK: flag('METRICS_ALLOW_LOOPBACK', false),
  /** Where a worker, which serves no pages, answers /healthz, /readyz and /metrics; 0: nowhere. */
  METRICS_PORT: wholeNumber('METRICS_PORT', 0, 0, 65_535),
};

/** The public status page. */
export const STATUS_SETTINGS = {
  /** null: as an admin has switched it. */
  STATUS_PAGE: text.transform((value, ctx) => {
    if (value === undefined) return null;
    if (value === 'on' || value === 'off') return value;
    ctx.addIssue(
      `STATUS_PAGE is "${value}": put on or off there, or leave it out, so that an admin switches it on the page "Status page".`,
    );
    return z.NEVER;
  }),
  STATUS_EXPORT_DIR: text,
  /** How many subscribers are told in a minute; 0: nobody can subscribe. */
  SUBSCRIBER_MAILS_PER_MINUTE: wholeNumber('SUBSCRIBER_MAILS_PER_MINUTE', 300, 0, 60_000),
  STATUSPAGE_API_KEY: text,
  STATUSPAGE_PAGE_ID: text.transform((value, ctx) => {
    if (value === undefined || /^\w{4,40}$/.test(value)) return value;
    ctx.addIssue(
      'STATUSPAGE_PAGE_ID is malformed: put the id there that stands in the address of your page at manage.statuspage.io.',
    );
    return z.NEVER;
  }),
  STATUSPAGE_API_URL: url('STATUSPAGE_API_URL', http, 'https://api.statuspage.io/v1').transform((value) =>
    (value ?? 'https://api.statuspage.io/v1').replace(/\/+$/, ''),
  ),
};

/** Traces over OTLP, by the names that OpenTelemetry gives its settings. */
export const TRACE_SETTINGS = {
  OTEL_EXPORTER_OTLP_ENDPOINT: url('OTEL_EXPORTER_OTLP_ENDPOINT', http, 'http://127.0.0.1:4318'),
  /** Headers of the exporter, which reads them itself. */
  OTEL_EXPORTER_OTLP_HEADERS: text,
  OTEL_SERVICE_NAME: text.transform((value) => value ?? 'outage-center'),
  /** The share of events that are traced. */
  OTEL_TRACES_SAMPLER_ARG: decimal('OTEL_TRACES_SAMPLER_ARG', 1, 0, 1),
};

/** Backups by the clock, and what every backup is encrypted with. */
export const BACKUP_SETTINGS = {
  BACKUP_DIR: text,
  BACKUP_INTERVAL: duration('BACKUP_INTERVAL', '1d', '1m', '30d'),
  BACKUP_KEEP: wholeNumber('BACKUP_KEEP', 7, 1, 10_000),
  BACKUP_KEY: text.transform((value, ctx) => {
    if (value === undefined || value.length >= 16) return value;
    ctx.addIssue(
      'BACKUP_KEY is too short: put at least 16 random characters there, e.g. from "openssl rand -base64 32".',
    );
    return z.NEVER;
  }),
};
