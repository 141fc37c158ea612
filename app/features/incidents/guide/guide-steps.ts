import { clockWords } from '../../../lib/time-words.ts';

/** What the app can check or do by itself for a step. */
export type GuideCheck = GuideInvestigation | GuideReading;

/** Looked into now, over the network. */
export type GuideInvestigation = 'scope' | 'connectivity' | 'dependencies' | 'signature' | 'agent_endpoint';

/** Read from what is on record. */
export type GuideReading =
  'health_history' | 'component' | 'restored' | 'recent_attempts' | 'retry_metrics' | 'dead_letters';

/** What a step's words may depend on. */
export interface GuideContext {
  incidentId: number;
  title: string;
  cause: string;
  /** When it last began to fail. */
  since: Date;
  hosting: 'self_hosted' | 'saas';
  chatwootUrl: string | null;
  statusPageUrl: string | null;
  fallbackEmail: string;
  /** What the latest check of the component said. */
  lastCheck: string | null;
  /** All its alerts have cleared since; null: it goes on. */
  recoveredAt: Date | null;
  /** Who took it, when; null: nobody yet. */
  taken: { by: string; at: Date } | null;
  /** Whether a dead letter is open. */
  deadLetters: boolean;
}

export interface GuideStepDefinition {
  key: string;
  title: string;
  help?: string;
  /** Left out: a person does it and ticks it. */
  check?: GuideCheck;
  link?: (context: GuideContext) => { to: string; label: string } | null;
  text?: (context: GuideContext) => string;
  /** An admin can register our webhook in Chatwoot again there. */
  registers?: true;
  /** Only where Chatwoot is hosted so. */
  hosting?: 'self_hosted' | 'saas';
  /** Done when the ladder has told these roles. */
  roles?: string[];
  /** Why nobody has to do it any more, after the recovery; null: somebody has. */
  settled?: (context: GuideContext) => string | null;
}

export interface GuidePhase {
  phase: string;
  /** Within which it should be through, from the start of the incident; null: the runbook names none. */
  minutes: number | null;
  steps: GuideStepDefinition[];
}

const since = ({ since: at }: GuideContext) => `${at.toISOString().slice(0, 10)} ${clockWords(at)}`;

/** For #support: what our own people need to know. */
export const slackNotice = (context: GuideContext): string =>
  `Support outage since ${since(context)}: ${context.title}. Until further notice customers write to ${context.fallbackEmail}. Please answer there, and do not promise times. Updates follow here.`;

/** For customers: the expectation that the runbook, section 3, wants to be set. */
export const customerNotice = ({ fallbackEmail }: GuideContext): string =>
  `We're experiencing technical issues, responses may be delayed. Please write to ${fallbackEmail}: we read every message and answer as soon as we can.`;

/** For the shop's own status page. */
export const statusNotice = (context: GuideContext): string =>
  `Investigating: customer support chat has been unavailable since ${since(context)}. Email to ${context.fallbackEmail} reaches us. Next update in 30 minutes.`;

/** For Chatwoot's support, where Chatwoot is hosted by its makers. */
export const vendorTicket = (context: GuideContext): string =>
  [
    `Subject: ${context.title} since ${since(context)}`,
    '',
    `Our Chatwoot at ${context.chatwootUrl ?? '(address)'} has been failing since ${since(context)}.`,
    ...(context.lastCheck ? [`What our checks get: ${context.lastCheck}`] : []),
    'Our customers cannot reach us meanwhile. Please tell us:',
    '1. whether you see an incident on your side, and since when;',
    '2. when you expect it to be over;',
    '3. whether webhooks of this time were lost or will be sent later.',
  ].join('\n');
