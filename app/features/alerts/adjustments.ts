import type { Severity } from '../../lib/severity.ts';

/** A rule that calls nobody for a while, because somebody knows of it. */
export interface Mute {
  until: Date;
  reason: string;
  mutedBy: string;
}

/** What admins changed of the rules on the page "Alert rules"; everything else is as the settings say. */
export interface Adjustments {
  /** By rule, in the rule's own unit. */
  thresholds: ReadonlyMap<string, { value: number; changedAt: Date; changedBy: string }>;
  /** By rule; those that are over are not in it. */
  mutes: ReadonlyMap<string, Mute>;
}

export const NO_ADJUSTMENTS: Adjustments = { thresholds: new Map(), mutes: new Map() };

/** A rule's threshold: the one that an admin set, else the settings'. */
export const thresholdOf = (
  { adjustments }: { adjustments: Adjustments },
  rule: string,
  ofSettings: number,
): number => adjustments.thresholds.get(rule)?.value ?? ofSettings;

export type RuleUnit = 'ratio' | 'checks' | 'count' | 'seconds';

/** In what a person reads and types a threshold: a share as per cent, a time as minutes. */
export interface TypedUnit {
  label: string;
  /** So many of it are one of the rule's own unit. */
  perUnit: number;
  min: number;
  max: number;
  whole: boolean;
}

const TYPED: Record<RuleUnit, TypedUnit> = {
  ratio: { label: 'Fires below, %', perUnit: 100, min: 0, max: 100, whole: false },
  checks: { label: 'Fires at so many failed checks in a row', perUnit: 1, min: 1, max: 100, whole: true },
  count: { label: 'Fires above', perUnit: 1, min: 0, max: 1_000_000, whole: true },
  seconds: { label: 'Fires above, minutes', perUnit: 1 / 60, min: 0.1, max: 10_080, whole: false },
};

const UNITS: Record<string, RuleUnit> = {
  success_rate: 'ratio',
  success_warning: 'ratio',
  dead_letters: 'count',
  dead_letters_warning: 'count',
  sla_breach: 'count',
  webhooks_silent: 'count',
  webhooks_refused: 'count',
  response_time: 'seconds',
  arrival_delay: 'seconds',
  arrival_delay_warning: 'seconds',
  arrival_unseen: 'seconds',
};

export const unitOf = (rule: string): RuleUnit => UNITS[rule] ?? 'checks';

/** These have no figure that could reasonably be another. */
const FIXED = new Set([
  'webhooks_silent',
  'webhooks_refused',
  'webhook_registration',
  'arrival_delay',
  'arrival_delay_warning',
  'arrival_unseen',
  'chatwoot_token',
]);

/** How a rule's threshold is typed; null when it is fixed. */
export const typedUnitOf = (rule: string): TypedUnit | null => (FIXED.has(rule) ? null : TYPED[unitOf(rule)]);

/** Without what binary fractions leave behind: 0.8 is 80 %, and 7 % is 0.07. */
const tidy = (value: number) => Number(value.toPrecision(12));

export const toTyped = (value: number, { perUnit }: TypedUnit): number => tidy(value * perUnit);

/** @returns the threshold in the rule's own unit, or what is wrong with what was typed, as a sentence */
export function parseThreshold(text: string, unit: TypedUnit): number | string {
  const { min, max, whole } = unit;
  const typed = /^\d{1,9}(?:[.,]\d{1,6})?$/.test(text.trim()) ? Number(text.trim().replace(',', '.')) : NaN;
  if (Number.isNaN(typed) || typed < min || typed > max || (whole && !Number.isInteger(typed)))
    return `Type a ${whole ? 'whole ' : ''}number from ${min} to ${max}.`;
  return tidy(typed / unit.perUnit);
}

/** For how long a rule may be muted at most, so that nobody forgets it for good. */
export const MUTE_MINUTES = { 30: '30 minutes', 60: '1 hour', 240: '4 hours', 1440: '24 hours' } as const;

export function parseMuteMinutes(text: string): number | null {
  return Object.hasOwn(MUTE_MINUTES, text) ? Number(text) : null;
}

const DONE: Record<string, string> = {
  threshold: 'Saved. The rule is judged by it from now on.',
  reset: 'Done. The rule is judged by the threshold of the settings again.',
  mute: 'Muted. If it fires, nobody is called until then; the page says so.',
  unmute: 'Done. The rule calls people again.',
};

/** What the form that was just sent did; null for what is none. */
export const adjustedWords = (done: string | null): string | null =>
  done !== null && Object.hasOwn(DONE, done) ? DONE[done]! : null;

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
