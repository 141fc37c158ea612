import { RESTORE_TICKS } from './restore-gate.ts';

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
