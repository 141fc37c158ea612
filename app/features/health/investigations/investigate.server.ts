import type { Services } from '../../../lib/services.server.ts';
import { investigateAgentEndpoint } from './agent-endpoint.server.ts';
import { investigateConnectivity } from './connectivity.server.ts';
import { investigateDeliveries } from './deliveries.server.ts';
import { investigateDependencies } from './dependencies.server.ts';
import type { Finding, Investigation } from './finding.ts';
import { investigateScope } from './scope.server.ts';
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
