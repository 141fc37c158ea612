import { storableName } from '../../../lib/storable.ts';
import type { Services } from '../../../lib/services.server.ts';
import type { Config } from '../../../lib/settings/config.ts';
import { clockWords } from '../../../lib/time-words.ts';
import { exchange } from '../probes/exchange.server.ts';
import { planProbes, type ProbePlan } from '../probes/probe.ts';
import { runProbe } from '../probes/run-probe.server.ts';
import { investigateAgentEndpoint, investigateDeliveries } from './agent.server.ts';
import { investigateConnectivity } from './connectivity.server.ts';
import {
  agentSide,
  chatwootSide,
  type Finding,
  type Investigation,
  nextStepFor,
  type ProbedSide,
} from './finding.ts';
import { investigateSignature } from './signature.server.ts';

/** What an investigation needs; without `db` it leaves out what is in the database. */
export type InvestigationTools = Pick<Services, 'config'> & Partial<Pick<Services, 'db'>>;

/**
 * Looks into one thing now and says what it found; nothing when it does not apply here, e.g. without a connection.
 * Only `agent_endpoint` does more than look: it posts a test event to the Agent service.
 */
export async function investigate(
  { config, db }: InvestigationTools,
  what: Investigation,
  now: Date,
): Promise<Finding[]> {
  switch (what) {
    case 'scope':
      return investigateScope(config, now);
    case 'connectivity':
      return investigateConnectivity(config, now);
    case 'dependencies':
      return investigateDependencies({ config, db }, now);
    case 'signature':
      return investigateSignature({ config, db }, now);
    case 'deliveries':
      return db ? investigateDeliveries(db.pool, now) : [];
    case 'agent_endpoint':
      return investigateAgentEndpoint(config, now);
  }
}

/**
 * One step of the runbook's investigation in words, for an incident's guide.
 * @returns `ok` when nothing wrong was found; `evidence`: what is wrong, or else what was looked at
 */
export async function investigateOutage(
  services: InvestigationTools,
  { what, now }: { what: Investigation; now: Date },
): Promise<{ ok: boolean; evidence: string }> {
  const findings = await investigate(services, what, now);
  if (findings.length === 0)
    return {
      ok: false,
      evidence: 'Nothing to look at: Chatwoot and the Agent service are not connected yet.',
    };
  // What is wrong first: it is what somebody in an outage reads.
  const ordered = [...findings.filter(({ ok }) => !ok), ...findings.filter(({ ok }) => ok)];
  return { ok: findings.every(({ ok }) => ok), evidence: ordered.map(({ evidence }) => evidence).join(' ') };
}

const OURS = new Set(['chatwoot.api', 'smtp', 'database']);

/**
 * What Chatwoot and this app stand on: Chatwoot's own word on its database and Redis, mail, PostgreSQL, the additional
 * targets.
 * @param services without `db` where the database is away
 */
async function investigateDependencies(
  { config, db }: Pick<Services, 'config'> & Partial<Pick<Services, 'db'>>,
  now: Date,
): Promise<Finding[]> {
  const plans = planProbes(config).filter(
    ({ probe, kind }) => (OURS.has(probe) || probe.startsWith('target:')) && (db || kind !== 'database'),
  );
  return Promise.all(
    plans.map(async (plan): Promise<Finding> => {
      const { outcome, errorClass, detail } = await runProbe(plan, { config, db });
      const title = plan.probe === 'chatwoot.api' ? "Chatwoot's queue and database" : plan.label;
      const ok = outcome === 'ok';
      return {
        what: 'dependencies',
        title,
        ok,
        evidence: `${title}: ${detail} (${clockWords(now)}).`,
        nextStep: ok ? null : nextStepFor(errorClass, sideOfProbe(plan, config.CHATWOOT_HOSTING)),
      };
    }),
  );
}

function sideOfProbe({ component, label, url }: ProbePlan, hosting: 'self_hosted' | 'saas') {
  if (component === 'chatwoot') return chatwootSide(url, hosting);
  return { label, host: url ? new URL(url).hostname : 'this machine', logs: 'look at its logs' };
}

const ASKED = new Set(['chatwoot.live', 'chatwoot.auth', 'agent', 'intake']);

/** What of support is down: each part that customers depend on, asked now. */
async function investigateScope(config: Config, now: Date): Promise<Finding[]> {
  const plans = planProbes(config).filter(({ probe }) => ASKED.has(probe));
  const found = await Promise.all(plans.map((plan) => askPart(config, plan, now)));
  return [...found, ...(await readStatusPage(config, now))];
}

async function askPart(config: Config, plan: ProbePlan, now: Date): Promise<Finding> {
  const { outcome, status, errorClass, detail, latencyMs, target } = await runProbe(plan, { config });
  const path = new URL(target).pathname;
  const title = plan.probe === 'chatwoot.auth' ? 'Chatwoot, with our token' : plan.label;
  const ok = outcome === 'ok';
  // A status alone says what is wrong only of servers that fail; the others are named for what they are.
  const isPlain = ok || errorClass === 'http_5xx';
  const evidence =
    status === null || plan.kind === 'intake' || !isPlain
      ? `${detail} (${clockWords(now)})`
      : `${status} at ${clockWords(now)} from ${path} after ${latencyMs} ms`;
  return {
    what: 'scope',
    title,
    ok,
    evidence: `${title}: ${evidence}.`,
    nextStep: ok ? null : nextStepFor(errorClass, sideOf(config, plan)),
  };
}

function sideOf(config: Config, { component, label, url }: ProbePlan): ProbedSide {
  if (component === 'chatwoot') return chatwootSide(url, config.CHATWOOT_HOSTING);
  if (component === 'agent') return agentSide(url);
  return { label, host: new URL(url).hostname, logs: 'look at the proxy in front of this app' };
}

/** The vendor's status page, when there is one: Statuspage's `status.json`. */
async function readStatusPage(config: Config, now: Date): Promise<Finding[]> {
  const { CHATWOOT_STATUS_PAGE_URL: url, HEALTH_TIMEOUT: timeoutMs } = config;
  if (!url) return [];
  const answer = await exchange(`${url}/api/v2/status.json`, { timeoutMs });
  const said = answer.outcome === 'answered' && answer.status === 200 ? statusOf(answer.body) : null;
  if (!said) return [];
  const ok = said.indicator === 'none';
  return [
    {
      what: 'scope',
      title: "Chatwoot's status page",
      ok,
      evidence: `Chatwoot's status page says "${said.description}" at ${clockWords(now)}.`,
      nextStep: ok ? null : `Follow ${url}.`,
    },
  ];
}

function statusOf(body: string): { indicator: string; description: string } | null {
  try {
    const { status } = JSON.parse(body) as { status?: { indicator?: unknown; description?: unknown } };
    const { indicator, description } = status ?? {};
    if (typeof indicator !== 'string' || typeof description !== 'string') return null;
    return { indicator, description: storableName(description, 200) };
  } catch {
    return null;
  }
}
