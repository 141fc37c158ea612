import type { ProbeErrorClass } from '../probes/probe.ts';

/** What an investigation looks at: the runbook's steps "Immediate response" and "Investigation", sections 1 and 2. */
export const INVESTIGATIONS = [
  'scope',
  'connectivity',
  'dependencies',
  'signature',
  'deliveries',
  'agent_endpoint',
] as const;
export type Investigation = (typeof INVESTIGATIONS)[number];

/** One thing that was looked at, and what to do about it. */
export interface Finding {
  /** `arrival`: whether messages arrive, which is looked into beside these (app/features/arrival/look). */
  what: Investigation | 'arrival';
  title: string;
  ok: boolean;
  /** A sentence or two with numbers and UTC times; never a secret. */
  evidence: string;
  /** What to do next; null when nothing is wrong. */
  nextStep: string | null;
}

/** Whom or what a failed probe is about. */
export interface ProbedSide {
  /** For people: "Chatwoot". */
  label: string;
  host: string;
  /** Where its logs are. */
  logs: string;
}

/** The sides that this app knows more of than their address. */
export function chatwootSide(url: string, hosting: 'self_hosted' | 'saas'): ProbedSide {
  const logs =
    hosting === 'saas'
      ? 'open a support ticket with Chatwoot and look at its status page'
      : 'look at the logs on its server (docker logs chatwoot-web --tail 100)';
  return { label: 'Chatwoot', host: new URL(url).hostname, logs };
}

export function agentSide(url: string): ProbedSide {
  const { hostname } = new URL(url);
  const logs = hostname.endsWith('.fly.dev')
    ? `look at its logs (fly logs -a ${hostname.replace('.fly.dev', '')})`
    : 'look at its logs';
  return { label: 'the Agent service', host: hostname, logs };
}

/** What to do about a failed probe of one side, in a sentence. */
export function nextStepFor(errorClass: ProbeErrorClass | null, { label, host, logs }: ProbedSide): string {
  switch (errorClass) {
    case 'dns':
      return `Check the DNS record of ${host} (nslookup ${host}) and the address in the settings.`;
    case 'refused':
      return `Nothing listens at ${host}, or nothing leads there: see that ${label} runs, and ${logs}.`;
    case 'timeout':
      return `See whether ${host} is reachable at all (ping ${host}) and whether ${label} is overloaded: ${logs}.`;
    case 'tls':
      return `Check the certificate of ${host}: it may have expired or be for another name.`;
    case 'token_refused':
      return 'Put a valid access token of an administrator into CHATWOOT_API_TOKEN and restart this app.';
    case 'throttled':
      return 'Nothing is down: Chatwoot limits requests by address. Put this machine into its RACK_ATTACK_ALLOWED_IPS, or raise RACK_ATTACK_LIMIT.';
    case 'plan_without_api':
      return 'Take a plan of Chatwoot with "API and webhooks": without it neither webhooks nor this app\'s calls work.';
    case 'account_suspended':
      return "Have the account made active again in Chatwoot (super admin, or billing), and see that the token's user is an administrator of it.";
    case 'account_unknown':
      return 'Check CHATWOOT_ACCOUNT_ID, or put the token of a user of that account into CHATWOOT_API_TOKEN.';
    case 'not_agent':
      return 'See what answers at AGENT_SDK_URL: a proxy or a host that shows a page of its own while the service is away.';
    case 'data_failing':
    case 'services_failing':
      return `See that the database and Redis of ${label} run, and ${logs}.`;
    case 'not_chatwoot':
      return 'Check CHATWOOT_BASE_URL: what answers there is not a Chatwoot.';
    case 'not_ours':
      return 'Check APP_URL and the proxy in front of this app: webhooks do not reach it.';
    case 'http_3xx':
      return 'Put the address that it redirects to into the settings.';
    case 'http_4xx':
      return `Check the address of ${label} in the settings, and ${logs}.`;
    case 'smtp':
      return 'Check SMTP_URL, and the mail server itself.';
    case 'database':
      return 'See that PostgreSQL runs and takes connections; webhooks go to the spool file meanwhile.';
    case 'http_5xx':
    case 'reset':
    case null:
      return `${label[0]!.toUpperCase()}${label.slice(1)} runs but fails: ${logs}.`;
  }
}
