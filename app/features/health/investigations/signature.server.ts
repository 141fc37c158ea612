import type pg from 'pg';
import { createChatwootClient, type ChatwootClient } from '../../../lib/chatwoot-client.server.ts';
import type { Services } from '../../../lib/services.server.ts';
import { readCredentials } from '../../intake/credentials/read-credentials.server.ts';
import { WEBHOOK_PATH } from '../plan-probes.ts';
import { compareWebhook, FAULTS, type Comparison } from './compare-webhook.ts';
import type { Finding } from './finding.ts';
import { refusalWords } from './refusal-words.ts';

/** `hidden`: it is there, and Chatwoot does not list it. */
export const REGISTRATION_FAULTS = [...FAULTS, 'unreadable', 'hidden'] as const;

/** Our webhook as Chatwoot lists it, against what this app expects. */
export type Registration = Omit<Comparison, 'fault'> & {
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
): Promise<Registration> {
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
