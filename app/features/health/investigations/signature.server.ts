import type pg from 'pg';
import { type ChatwootClient, createChatwootClient } from '../../../lib/chatwoot/chatwoot-client.server.ts';
import { leadsHere } from '../../../lib/chatwoot/registrations.server.ts';
import type { Services } from '../../../lib/services.server.ts';
import { readCredentials } from '../../intake/credentials/webhook-credentials.server.ts';
import { WEBHOOK_PATH } from '../probes/probe.ts';
import type { Finding } from './finding.ts';
import { refusalWords } from './refusal-words.ts';

/** A webhook as Chatwoot lists it. */
export interface ListedWebhook {
  id: number;
  url: string;
  subscriptions: string[];
  secret: string | null;
}

export interface ExpectedWebhook {
  /** Our endpoint as Chatwoot should have it; null when APP_URL is not set: then only its path is compared. */
  endpoint: string | null;
  path: string;
  /** What this app takes as proof: secrets of signatures, tokens in the address; null: not known here, and not judged. */
  proofs: {
    secrets: readonly string[];
    tokens: readonly string[];
    /** Whether there may be others of both that could not be read here. */
    complete: boolean;
  } | null;
  /** CHATWOOT_WEBHOOK_ALLOW_UNSIGNED. */
  allowUnsigned: boolean;
}

const FAULTS = ['missing', 'events', 'secret', 'open'] as const;

export interface WebhookComparison {
  ok: boolean;
  /** What is wrong: there is none to us, it lacks events, its secret is another, or anybody may post here. */
  fault: (typeof FAULTS)[number] | null;
  evidence: string;
  nextStep: string | null;
}

/** Without these, what customers write does not arrive. */
const NEEDED = ['message_created', 'conversation_created', 'conversation_status_changed'];

const CONNECT =
  'Run npm run ops:connect-chatwoot on the machine of this app: it registers the webhook and keeps its secret.';

/**
 * Runbook section 2: compares how Chatwoot signs with what this app accepts. Says which webhook and why, never a secret. Of
 * several that lead here it counts what all those send together whose webhooks are taken.
 */
export function compareWebhook(
  listed: readonly ListedWebhook[],
  expected: ExpectedWebhook,
): WebhookComparison {
  const { endpoint, path, proofs, allowUnsigned } = expected;
  const own = listed.filter(({ url }) => leadsHere(url, endpoint ?? path));
  const [first] = own;
  const wrong = (
    fault: WebhookComparison['fault'],
    evidence: string,
    nextStep: string,
  ): WebhookComparison => ({
    ok: false,
    fault,
    evidence,
    nextStep,
  });
  if (!first) {
    const n = listed.length;
    const has = n === 0 ? 'no webhook at all, so none' : `${n} ${n === 1 ? 'webhook' : 'webhooks'}, but none`;
    return wrong('missing', `Chatwoot has ${has} to ${endpoint ?? path}.`, CONNECT);
  }
  const missing = lacking(own);
  if (missing.length > 0) {
    const all =
      own.length === 1 ? `${nameOf(first)} does` : `${own.length} webhooks of Chatwoot lead here and do`;
    return wrong('events', `${all} not send ${missing.join(', ')}.`, CONNECT);
  }
  if (allowUnsigned)
    return wrong(
      'open',
      `${nameOf(first)} leads to us, and this app accepts webhooks from anybody: CHATWOOT_WEBHOOK_ALLOW_UNSIGNED is set.`,
      CONNECT + ' Then remove CHATWOOT_WEBHOOK_ALLOW_UNSIGNED.',
    );
  const fine = (evidence: string): WebhookComparison => ({ ok: true, fault: null, evidence, nextStep: null });
  if (!proofs) return fine(`${nameOf(first)} leads to us, with every event that is needed.`);
  const judged = own.map((webhook) => ({ webhook, ...judgeProof(webhook, proofs) }));
  const taken = judged.filter(({ cure }) => cure === null);
  const refused = judged.find(({ cure }) => cure !== null);
  if (refused && lacking(taken.map(({ webhook }) => webhook)).length > 0)
    return wrong('secret', refused.evidence, refused.cure!);
  const also = refused
    ? ` ${refused.evidence} Others send what is needed; delete it there, or connect again.`
    : '';
  return fine(`${taken[0]!.evidence}${also}`);
}

const nameOf = ({ id }: ListedWebhook) => `Chatwoot's webhook ${id}`;

const lacking = (webhooks: readonly ListedWebhook[]): string[] =>
  NEEDED.filter((event) => !webhooks.some(({ subscriptions }) => subscriptions.includes(event)));

/** Whether this app takes what a webhook sends. @returns `cure`: null when it does */
function judgeProof(
  webhook: ListedWebhook,
  { secrets, tokens, complete }: NonNullable<ExpectedWebhook['proofs']>,
): { evidence: string; cure: string | null } {
  const name = nameOf(webhook);
  const carried = new URL(webhook.url).searchParams.get('token');
  if (carried && tokens.includes(carried))
    return { evidence: `${name} carries the token that this app asks for.`, cure: null };
  if (webhook.secret && secrets.includes(webhook.secret))
    return { evidence: `${name} signs with a secret that this app has.`, cure: null };
  if (!complete)
    return {
      evidence: `${name} leads to us, and the secrets that this app keeps of its webhooks cannot be read: what they do not prove is refused (503).`,
      cure: `${CONNECT} They are sealed with DATA_ENCRYPTION_KEYS or, without it, by CHATWOOT_API_TOKEN: were these changed?`,
    };
  if (webhook.secret)
    return {
      evidence: `${name} signs with a secret that this app does not have: every webhook is refused (401).`,
      cure: CONNECT,
    };
  return {
    evidence: `${name} shows no secret: this Chatwoot is older than 4.12, or CHATWOOT_API_TOKEN is not an administrator's. The address carries ${carried ? 'another token than ours' : 'no token'}.`,
    cure: `${CONNECT.slice(0, -1)}, or puts a token into its address.`,
  };
}

/** `hidden`: it is there, and Chatwoot does not list it. */
export const REGISTRATION_FAULTS = [...FAULTS, 'unreadable', 'hidden'] as const;

/** Our webhook as Chatwoot lists it, against what this app expects. */
export type ListedRegistration = Omit<WebhookComparison, 'fault'> & {
  fault: (typeof REGISTRATION_FAULTS)[number] | null;
};

interface RegistrationTools extends Pick<Services, 'config'>, Partial<Pick<Services, 'db'>> {
  /** Neither the database nor its copies are at hand: what webhooks are proved with is left out. */
  withoutSecrets?: boolean;
}

/**
 * Reads Chatwoot's list of webhooks: one call, and another that changes nothing where ours is not in it, for then Chatwoot may
 * have it and not be able to list it.
 */
export async function readRegistration(
  { config, db, withoutSecrets }: RegistrationTools,
  client: Pick<ChatwootClient, 'listWebhooks' | 'webhookExists'>,
): Promise<ListedRegistration> {
  const { APP_URL, connection } = config;
  const endpoint = APP_URL ? `${APP_URL}${WEBHOOK_PATH}` : null;
  const listed = await client.listWebhooks();
  if (listed.outcome !== 'ok') {
    const { does, cure } = refusalWords(listed, connection!);
    const evidence = `Chatwoot's list of webhooks cannot be read: Chatwoot ${does}.`;
    return { ok: false, fault: 'unreadable', evidence, nextStep: `${cure}.` };
  }
  const compared = compareWebhook(listed.value, {
    endpoint,
    path: WEBHOOK_PATH,
    proofs: withoutSecrets ? null : await readCredentials({ config, db }),
    allowUnsigned: !withoutSecrets && config.CHATWOOT_WEBHOOK_ALLOW_UNSIGNED,
  });
  if (compared.fault !== 'missing' || !endpoint) return compared;
  const exists = await client.webhookExists(endpoint);
  if (exists.outcome !== 'ok' || !exists.value) return compared;
  const { does, cure } = refusalWords({ outcome: 'hidden' }, connection!);
  return { ok: false, fault: 'hidden', evidence: `Chatwoot ${does}.`, nextStep: `${cure}.` };
}

/** Whether Chatwoot's webhook leads here and is signed as this app expects, and whether webhooks were refused lately. */
export async function investigateSignature(
  { config, db }: Pick<Services, 'config'> & Partial<Pick<Services, 'db'>>,
  now: Date,
): Promise<Finding[]> {
  const { connection, HEALTH_TIMEOUT: timeoutMs } = config;
  if (!connection) return [];
  const { chatwootUrl: baseUrl, accountId, apiToken } = connection;
  const client = createChatwootClient({ baseUrl, accountId, apiToken, timeoutMs });
  const { ok, evidence, nextStep } = await readRegistration({ config, db }, client);
  const findings: Finding[] = [
    { what: 'signature', title: "Chatwoot's webhook and its signature", ok, evidence, nextStep },
  ];
  const refused = db ? await countRefused(db.pool, now) : 0;
  if (refused > 0)
    findings.push({
      what: 'signature',
      title: 'Refused webhooks',
      ok: false,
      evidence: `${refused} ${refused === 1 ? 'webhook was' : 'webhooks were'} refused for signature or token in the last hour.`,
      nextStep: nextStep ?? 'Compare the clocks of both machines, and look for another sender.',
    });
  return findings;
}

async function countRefused(pool: pg.Pool, now: Date): Promise<number> {
  const { rows } = await pool.query<{ n: string }>(
    `SELECT COALESCE(sum(n), 0) AS n FROM fact_rollups
     WHERE resolution = 'minute' AND metric = 'rejected' AND bucket > $1
       AND label IN ('missing_signature', 'bad_signature', 'stale_signature', 'missing_token', 'bad_token', 'not_connected', 'secrets_unreadable')`,
    [new Date(now.getTime() - 3_600_000)],
  );
  return Number(rows[0]!.n);
}
