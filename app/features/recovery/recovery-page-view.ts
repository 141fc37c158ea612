import type { CanaryView } from '../canary/canary-view.ts';
import type { GatesState } from './decide-next.ts';
import type { RecoveryGate } from './recovery-gate-view.ts';
import type { RestoreGate } from './restore/restore-gate.ts';

/** Both gates and the newest canary: plain data, dates as ISO texts. */
export interface RecoveryPageView {
  state: GatesState;
  fallback: { on: boolean; since: string | null };
  restore: RestoreGate;
  canary: CanaryView | null;
  /** Of the incident at hand; null: there is none. */
  recovery: RecoveryGate | null;
  /** Other open incidents. */
  others: { id: number; title: string }[];
}
