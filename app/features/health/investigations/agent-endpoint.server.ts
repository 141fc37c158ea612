import { randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import type { Config } from '../../../lib/settings/config.ts';
import { clockWords } from '../../../lib/time-words.ts';
import { judgeStatus } from '../probes/judge-answer.ts';
import { classOfError, describeFailure } from '../probes/probe-result.ts';
import { exchange } from '../probes/exchange.server.ts';
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
