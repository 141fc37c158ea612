import type { GateItem, GateMark } from './gate-item.ts';
import { STAKEHOLDER_TICKS } from './tickable.ts';

export type StakeholderKey = keyof typeof STAKEHOLDER_TICKS;

/** Who of the management a message about the end of the incident was accepted for. */
export interface ToldManagement {
  at: Date;
  roles: readonly string[];
}

/** Roles that the runbook wants told of the resolution. */
const MANAGEMENT = ['Engineering Manager', 'CEO'];

/** The stakeholder steps: ticked by a person, the first also done by messages that were accepted. */
export function stakeholderItems(
  marks: readonly GateMark[],
  told: ToldManagement | null,
): (GateItem & { key: StakeholderKey })[] {
  return (Object.keys(STAKEHOLDER_TICKS) as StakeholderKey[]).map((key) => {
    const item = { key, title: STAKEHOLDER_TICKS[key], how: 'person' as const, durationMs: null };
    const mark = marks.find((one) => one.item === key);
    if (mark?.done)
      return {
        ...item,
        done: true,
        at: mark.at.toISOString(),
        by: mark.by,
        evidence: mark.note ?? 'Ticked.',
      };
    if (key === 'management' && told && MANAGEMENT.every((role) => told.roles.includes(role)))
      return {
        ...item,
        done: true,
        at: told.at.toISOString(),
        by: 'Outage Center',
        evidence: 'Messages to both were accepted.',
      };
    return { ...item, done: false, at: null, by: null, evidence: 'Not done yet.' };
  });
}
