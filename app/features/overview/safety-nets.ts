import type { Warning } from './overview-view.ts';

/**
 * Something that catches what goes wrong elsewhere, and does not work itself: while one fails, "All good" would be said of
 * what nobody looks at (docs/decisions/0016).
 */
export interface SafetyNet {
  id: string;
  /** What is not looked after, for how long, and why; a whole sentence. */
  sentence: string;
  /** What to do, a whole sentence. */
  cure: string;
  link?: Warning['link'];
}

/** What a loop or a job looks after, as the beginning of a sentence; and what to do. */
const LOOKED_AFTER: Record<string, string> = {
  alerts: 'Alerts are not judged and nobody is called',
  assignments: 'Customers are not handed to agents',
  look: 'Nobody looks whether messages arrive',
  silence: 'A pause of Chatwoot’s that is over is not noticed',
  registration: "Chatwoot's webhook to us is not checked",
  backup: 'Backups are not made',
  backlog: 'The list of who waits does not follow the webhooks',
  'backlog-api': 'Chatwoot is not asked what the webhooks leave out',
  canary: 'The end-to-end canary does not go on',
  delivery: 'Webhooks are not handed to the Agent service',
  drill: 'Drills do not go on',
  fallback: 'Fallback mode does not take its steps',
  health: 'Health checks are not made',
  inboxes: "The list of Chatwoot's inboxes is not kept up to date",
  leases: 'What a stopped worker had in hand is not taken over',
  'ledger-check': 'The webhooks are not counted row by row',
  notify: 'Messages to the team are not sent',
  reconciliation: 'Chatwoot is not compared with what arrived',
  replays: 'Replays do not go on',
  tickets: 'Tickets are not brought into Chatwoot',
};

export const lookedAfter = (name: string): string =>
  LOOKED_AFTER[name] ?? (name.startsWith('notify-') ? LOOKED_AFTER.notify! : `The job "${name}" is not done`);

/** The same as warnings, below the verdict. */
export const safetyNetWarnings = (nets: readonly SafetyNet[]): Warning[] =>
  nets.map(({ id, ...net }) => ({ id: `safety-net:${id}`, tone: 'warning', ...net }));
