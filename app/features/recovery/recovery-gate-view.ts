import type { GateItem } from './gate-item.ts';
import type { Impact } from './impact.ts';
import type { GatedIncident, RecoveryItem } from './recovery-input.ts';

interface StakeholderStep extends GateItem {
  /** To copy and send. */
  draft: string;
}

/** How far the recovery of one incident is proved: plain data, dates as ISO texts. */
export interface RecoveryGate {
  incident: Pick<GatedIncident, 'id' | 'title' | 'severity' | 'status'> & {
    startedAt: string;
    overrideReason: string | null;
  };
  passed: boolean;
  /** Since when everything has been green; null while the recovery has not begun. */
  since: string | null;
  /** Titles of what is not proved yet. */
  open: string[];
  /** What it lacks, in one sentence, for whoever wants to resolve it; null when it has passed. */
  lacking: string | null;
  items: RecoveryItem[];
  /** Not part of the gate: told afterwards, and on record. */
  stakeholders: StakeholderStep[];
  impact: Omit<Impact, 'from' | 'to'> & { from: string; to: string };
}
