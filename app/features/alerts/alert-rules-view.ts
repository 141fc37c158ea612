import type { Severity } from '../../lib/severity.ts';
import type { RuleUnit, TypedUnit } from './adjustments.ts';

/** A rule as the page of alert rules shows it: plain data, dates as ISO texts. */
export interface AlertRuleView {
  rule: string;
  severity: Severity | 'warning';
  title: string;
  /** `recovering`: it still fires, and good readings have begun to come in. */
  state: 'ok' | 'firing' | 'recovering' | 'unknown';
  /** Since when it is in that state; null: never judged. */
  since: string | null;
  /** When it was judged last. */
  evaluatedAt: string | null;
  /** null: unknown. A share (0 to 1), a number of checks or letters, or seconds; see `unit`. */
  value: number | null;
  threshold: number | null;
  unit: RuleUnit;
  /** The numbers and the rule. */
  words: string;
  /** Good readings so far, of so many that are needed. */
  goodReadings: { have: number; need: number } | null;
  incidentId: number | null;
  /** How its threshold is changed, as it is typed; null: it is fixed. */
  change: { unit: TypedUnit; value: number; ofSettings: number } | null;
  /** Who set a threshold of its own, and when. */
  changed: { by: string; at: string } | null;
  mute: { until: string; reason: string; by: string } | null;
}

/** What the form of a rule came to. */
export type AdjustmentResult =
  | { outcome: 'done'; rule: string; done: string }
  | { outcome: 'problem'; rule: string; field: string | null; problem: string; status: number };
