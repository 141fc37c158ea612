/** An item of a checklist as pages and the CLI show it: plain data, dates as ISO texts. */
export interface GateItem {
  key: string;
  title: string;
  done: boolean;
  /** When it was checked or ticked last. */
  at: string | null;
  /** Who ticked or started it; "Outage Center" for what the app checked. */
  by: string | null;
  /** What was seen, or, while it is not done, what is missing: a plain sentence. */
  evidence: string;
  durationMs: number | null;
  /** `app`: the app checks it; `canary`: the end-to-end canary proves it; `person`: somebody ticks it. */
  how: 'app' | 'canary' | 'person';
}

/** A tick by a person, or its withdrawal. */
export interface GateMark {
  item: string;
  done: boolean;
  at: Date;
  by: string;
  note: string | null;
}

/** What people tick on the restore checklist, by key. */
export const RESTORE_TICKS = {
  sla: 'SLA monitoring re-enabled',
  team: 'Team notified of restoration',
} as const;

/** What people tick on the recovery checklist, by key. */
export const RECOVERY_TICKS = {
  sla: 'SLA adherence of the affected period reviewed',
} as const;

/** Who is to be told after an outage: runbook section 4, "Stakeholder communication". */
export const STAKEHOLDER_TICKS = {
  management: 'Manager and CEO told of the resolution',
  status_page: 'Status page updated',
  summary: 'Internal incident summary sent',
  customers: 'Customers told, if warranted',
} as const;

/** Whether an item is one that a person ticks. */
export function isTickable(gate: 'restore' | 'recovery', item: string): boolean {
  return gate === 'restore'
    ? Object.hasOwn(RESTORE_TICKS, item)
    : Object.hasOwn(RECOVERY_TICKS, item) || Object.hasOwn(STAKEHOLDER_TICKS, item);
}
