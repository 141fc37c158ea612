import type { Config } from '../../../lib/settings/config.ts';

export type HttpProbeKind =
  'chatwoot_live' | 'chatwoot_api' | 'chatwoot_auth' | 'agent' | 'intake' | 'http_target';
type ProbeKind = HttpProbeKind | 'smtp' | 'database' | 'tcp_target';

/** One probe that a tick makes. */
export interface ProbePlan {
  /** Unique in a tick, e.g. `chatwoot.live`. */
  probe: string;
  component: string;
  /** The component's name for people. */
  label: string;
  kind: ProbeKind;
  /** Base address for Chatwoot, otherwise exactly what is asked; empty for the database. */
  url: string;
}

export type ProbeSettings = Pick<Config, 'connection' | 'APP_URL' | 'SMTP_URL' | 'HEALTH_TARGETS'>;

/** Path of the webhook endpoint, asked from outside. */
export const WEBHOOK_PATH = '/api/webhooks/chatwoot';

/** Chatwoot's three probes: alive, its own account of its parts, our token. */
export function planChatwootProbes(chatwootUrl: string): ProbePlan[] {
  const chatwoot = { component: 'chatwoot', label: 'Chatwoot', url: chatwootUrl };
  return [
    { ...chatwoot, probe: 'chatwoot.live', kind: 'chatwoot_live' },
    { ...chatwoot, probe: 'chatwoot.api', kind: 'chatwoot_api' },
    { ...chatwoot, probe: 'chatwoot.auth', kind: 'chatwoot_auth' },
  ];
}

/** Every probe of a tick, in the order in which pages show the components. */
export function planProbes(config: ProbeSettings): ProbePlan[] {
  const plans: ProbePlan[] = [];
  const add = (component: string, label: string, kind: ProbeKind, url: string) =>
    plans.push({ probe: component, component, label, kind, url });
  if (config.connection) {
    plans.push(...planChatwootProbes(config.connection.chatwootUrl));
    add('agent', 'Agent service', 'agent', `${config.connection.agentUrl}/health`);
  }
  if (config.APP_URL) add('intake', 'Webhook intake', 'intake', `${config.APP_URL}${WEBHOOK_PATH}`);
  add('database', 'Database', 'database', '');
  if (config.SMTP_URL) add('smtp', 'Mail server', 'smtp', config.SMTP_URL);
  for (const { name, url } of config.HEALTH_TARGETS)
    add(`target:${name}`, name, url.startsWith('tcp:') ? 'tcp_target' : 'http_target', url);
  // Two targets of one name would be one component with two probes of one name.
  return plans.filter(({ probe }, index) => plans.findIndex((plan) => plan.probe === probe) === index);
}
