/** What can be practised. */
export const SCENARIOS = [
  'chatwoot_down',
  'agent_failing',
  'slow',
  'flapping',
  'intake_unreachable',
] as const;
export type Scenario = (typeof SCENARIOS)[number];

/** How a part of the sandbox behaves; parts that are left out work. */
export interface Breakage {
  chatwoot?: { mode: 'down' } | { mode: 'status'; status: number };
  agent?: { mode: 'status'; status: number } | { mode: 'ok'; latencyMs: number };
  /** The webhook endpoint cannot be reached from outside. */
  intake?: 'closed';
}

interface ScenarioPlan {
  title: string;
  /** What happens, for whoever chooses. */
  sentence: string;
  broken: Breakage;
  /** Drill minutes it fails and works in turn; it fails all the time when left out. */
  turns?: { failing: number; working: number };
}

/** Longer than any check or delivery waits, ms: the most that the sandbox takes. */
const NEVER_IN_TIME_MS = 60_000;

export const SCENARIO_PLANS: Record<Scenario, ScenarioPlan> = {
  chatwoot_down: {
    title: 'Chatwoot is down',
    sentence: 'Chatwoot refuses every connection. Customers cannot write in the chat.',
    broken: { chatwoot: { mode: 'down' } },
  },
  agent_failing: {
    title: 'The Agent service fails',
    sentence: 'The Agent service answers 503 to everything. Messages wait, no drafts are written.',
    broken: { agent: { mode: 'status', status: 503 } },
  },
  slow: {
    title: 'The Agent service is too slow',
    sentence: 'The Agent service takes longer to answer than this app waits for it.',
    broken: { agent: { mode: 'ok', latencyMs: NEVER_IN_TIME_MS } },
  },
  flapping: {
    title: 'Chatwoot comes and goes',
    sentence: 'Chatwoot fails for 2 minutes and works for 1, over and over. It has to stay one incident.',
    broken: { chatwoot: { mode: 'status', status: 503 } },
    turns: { failing: 2, working: 1 },
  },
  intake_unreachable: {
    title: 'Our webhook address cannot be reached',
    sentence: 'Chatwoot works, but its webhooks do not reach this app.',
    broken: { intake: 'closed' },
  },
};

const WORKING: Breakage = {};

/**
 * How the sandbox behaves at a moment of the drill.
 * @param minutes drill minutes since it was broken; null before that and after the repair
 */
export function breakageAt(scenario: Scenario, minutes: number | null): Breakage {
  const { broken, turns } = SCENARIO_PLANS[scenario];
  if (minutes === null) return WORKING;
  if (!turns) return broken;
  return minutes % (turns.failing + turns.working) < turns.failing ? broken : WORKING;
}
