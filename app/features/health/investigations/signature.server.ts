import type pg from 'pg';
import {
  createChatwootClient,
  type ChatwootAnswer,
  type ChatwootClient,
} from '../../../lib/chatwoot-client.server.ts';
import type { Services } from '../../../lib/services.server.ts';
import { readCredentials } from '../../intake/credentials/read-credentials.server.ts';
import { WEBHOOK_PATH } from '../plan-probes.ts';
import { compareWebhook, type Comparison } from './compare-webhook.ts';
import type { Finding } from './finding.ts';

/** Our webhook as Chatwoot lists it, against what this app expects. */
export type Registration = Omit<Comparison, 'fault'> & { fault: Comparison['fault'] | 'unreadable' };

/** Reads Chatwoot's list of webhooks: one call. */
export async function readRegistration(
  { config, db }: Pick<Services, 'config'> & Partial<Pick<Services, 'db'>>,
  client: Pick<ChatwootClient, 'listWebhooks'>,
): Promise<Registration> {
  const { APP_URL } = config;
  const listed = await client.listWebhooks();
  if (listed.outcome === 'ok')
    return compareWebhook(listed.value, {
      endpoint: APP_URL ? `${APP_URL}${WEBHOOK_PATH}` : null,
      path: WEBHOOK_PATH,
      ...(await readCredentials({ config, db })),
      allowUnsigned: config.CHATWOOT_WEBHOOK_ALLOW_UNSIGNED,
    });
  return {
    ok: false,
    fault: 'unreadable',
    evidence: `Chatwoot's list of webhooks cannot be read: ${whyNot(listed)}.`,
    nextStep:
      listed.outcome === 'unauthorized'
        ? 'Put the access token of an administrator into CHATWOOT_API_TOKEN.'
        : 'Repeat this when Chatwoot answers again.',
  };
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

function whyNot(answer: Exclude<ChatwootAnswer<never>, { outcome: 'ok' }>): string {
  switch (answer.outcome) {
    case 'unauthorized':
      return 'it refuses CHATWOOT_API_TOKEN (401)';
    case 'forbidden':
      return 'it forbids it (403)';
    case 'not_found':
      return 'it has no such account (404)';
    case 'redirected':
      return `it redirects to ${answer.to}`;
    case 'throttled':
      return 'it answers that we ask too often (429)';
    case 'invalid':
    case 'unreachable':
      return answer.detail;
  }
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
