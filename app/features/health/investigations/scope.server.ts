import type { Config } from '../../../lib/settings/config.ts';
import { storableName } from '../../../lib/storable.ts';
import { clockWords } from '../../../lib/time-words.ts';
import { planProbes, type ProbePlan } from '../probes/plan-probes.ts';
import { exchange } from '../probes/exchange.server.ts';
import { runProbe } from '../probes/run-probe.server.ts';
import { agentSide, chatwootSide, type Finding, nextStepFor, type ProbedSide } from './finding.ts';

const ASKED = new Set(['chatwoot.live', 'chatwoot.auth', 'agent', 'intake']);

/** What of support is down: each part that customers depend on, asked now. */
export async function investigateScope(config: Config, now: Date): Promise<Finding[]> {
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
