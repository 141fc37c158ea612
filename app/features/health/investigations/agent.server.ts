import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { Webhook } from 'standardwebhooks';
import type { Config } from '../../../lib/settings/config.ts';
import { clockWords } from '../../../lib/time-words.ts';
import { factType } from '../../facts/record-fact.server.ts';
import { exchange } from '../probes/exchange.server.ts';
import { judgeStatus } from '../probes/judge-answer.ts';
import { classOfError, describeFailure } from '../probes/probe.ts';
import { agentSide, type Finding, nextStepFor } from './finding.ts';

/** The runbook's test event, section 2: the Agent service knows it by `test`. */
const TEST_EVENT = '{"event": "message_created", "test": true}';

/** The runbook's curl: posts a test event to the Agent service as a delivery would, signed when deliveries are. */
export async function investigateAgentEndpoint(config: Config, now: Date): Promise<Finding[]> {
  const { connection, AGENT_SDK_WEBHOOK_SECRET: secret, HEALTH_TIMEOUT: timeoutMs } = config;
  if (!connection) return [];
  const url = `${connection.agentUrl}/webhooks/chatwoot`;
  const id = `test_${randomUUID()}`;
  const answer = await exchange(url, {
    method: 'POST',
    body: TEST_EVENT,
    timeoutMs,
    headers: {
      'content-type': 'application/json',
      'content-length': String(TEST_EVENT.length),
      'x-forwarded-from': 'hotdash-app',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
      ...(secret && { 'webhook-signature': new Webhook(secret).sign(id, now, TEST_EVENT) }),
    },
  });
  const title = 'Test event to the Agent service';
  const side = agentSide(connection.agentUrl);
  const finding = (ok: boolean, words: string, nextStep: string | null): Finding[] => [
    { what: 'agent_endpoint', title, ok, evidence: `${title}: ${words}.`, nextStep: ok ? null : nextStep },
  ];
  if (answer.outcome === 'failed') {
    const words = `${describeFailure(answer.error, answer, timeoutMs)} (${clockWords(now)})`;
    return finding(false, words, nextStepFor(classOfError(answer.error), side));
  }
  const { status, latencyMs } = answer;
  const { ok, errorClass } = judgeStatus({ ...answer, path: '/webhooks/chatwoot', redirectsTo: null });
  const words = `${status} at ${clockWords(now)} from /webhooks/chatwoot after ${latencyMs} ms`;
  const refused = status === 401 || status === 403;
  const nextStep = refused
    ? 'Compare AGENT_SDK_WEBHOOK_SECRET with the secret of the Agent service.'
    : nextStepFor(errorClass, side);
  return finding(ok, words, nextStep);
}

interface Figures {
  attempts: string;
  failed: string;
  worst: string | null;
  dead: number;
  pending: number;
  breaker: string | null;
  lastAt: Date | null;
  lastError: string | null;
  lastEvent: string | null;
}

/** Runbook section 2, "check retry metrics" and "inspect DLQ entries", over the last hour. */
const FIGURES = `
WITH hour AS (
  SELECT label, sum(n) AS n FROM fact_rollups
  WHERE resolution = 'minute' AND metric = 'attempt' AND bucket > $1 AND bucket <= $2 GROUP BY label
), newest AS (
  SELECT recorded_at, value->>'lastError' AS error, metadata->>'event' AS event FROM dashboard_facts
  WHERE fact_type = ${factType('support.webhook.dead_letter')} ORDER BY recorded_at DESC LIMIT 1
)
SELECT (SELECT COALESCE(sum(n), 0) FROM hour) AS attempts,
  (SELECT COALESCE(sum(n), 0) FROM hour WHERE label <> 'ok') AS failed,
  (SELECT label FROM hour WHERE label <> 'ok' ORDER BY n DESC LIMIT 1) AS worst,
  (SELECT count(*) FROM deliveries WHERE state = 'dead') AS dead,
  (SELECT count(*) FROM deliveries WHERE state = 'pending') AS pending,
  (SELECT state FROM breakers WHERE name = 'agent') AS breaker,
  (SELECT recorded_at FROM newest) AS "lastAt", (SELECT error FROM newest) AS "lastError",
  (SELECT event FROM newest) AS "lastEvent"`;

export async function investigateDeliveries(pool: pg.Pool, now: Date): Promise<Finding[]> {
  const { rows } = await pool.query<Figures>(FIGURES, [new Date(now.getTime() - 3_600_000), now]);
  const { attempts, failed, worst, dead, pending, breaker, lastAt, lastError, lastEvent } = rows[0]!;
  const isPaused = breaker !== null && breaker !== 'closed';
  const isFailing = Number(failed) > 0 || isPaused;
  const often = worst ? `, most often ${worst}` : '';
  const waits = pending > 0 ? ` ${pending} wait${isPaused ? ' until the Agent service answers' : ''}.` : '';
  const deliveries: Finding = {
    what: 'deliveries',
    title: 'Deliveries to the Agent service',
    ok: !isFailing,
    evidence:
      Number(attempts) === 0
        ? `Nothing was sent to the Agent service in the last hour.${waits}`
        : `${failed} of ${attempts} attempts of the last hour failed${often}.${waits}`,
    nextStep: isFailing ? 'Repair the Agent service first; what waits is sent by itself afterwards.' : null,
  };
  const last = lastAt
    ? ` The newest is of ${clockWords(lastAt)} (${lastEvent ?? 'unknown event'}): ${lastError ?? 'no reason kept'}.`
    : '';
  const letters: Finding = {
    what: 'deliveries',
    title: 'Dead letters',
    ok: dead === 0,
    evidence:
      dead === 0
        ? 'No dead letter is open.'
        : `${dead} ${dead === 1 ? 'dead letter is' : 'dead letters are'} open.${last}`,
    nextStep:
      dead === 0
        ? null
        : 'Replay them when their cause is repaired: on the page, or npm run ops:replay-dlq -- --all --careful.',
  };
  return [deliveries, letters];
}
