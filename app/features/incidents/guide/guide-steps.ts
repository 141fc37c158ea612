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
