import type { Config } from '../../lib/settings/config.ts';
import { clockWords, spanWords } from '../../lib/time-words.ts';
import { thresholdOf } from './adjustments.ts';
import type { RuleFigures, RuleReading } from './rule-reading.ts';

type Settings = Pick<
  Config,
  | 'ALERT_SUCCESS_RATIO'
  | 'ALERT_SUCCESS_WARNING_RATIO'
  | 'ALERT_SUCCESS_WINDOW'
  | 'ALERT_SUCCESS_MIN_ATTEMPTS'
  | 'ALERT_DEAD_LETTERS_PER_HOUR'
  | 'ALERT_DEAD_LETTERS_WARNING_PER_HOUR'
>;

/** Dead letters are counted over an hour: runbook section 6. */
export const DEAD_LETTER_WINDOW_MS = 3_600_000;

/**
 * Good readings of a rule over a window count once in this time: with the default of three a recovery takes a minute,
 * whatever the pace of the loop.
 */
const SPACING_MS = 20_000;

/** Rules over what deliveries recorded: runbook section 6, P1 below 80 % over 10 minutes, P2 above 10 dead letters an hour. */
export function readDeliveryRules(figures: RuleFigures, settings: Settings, now: Date): RuleReading[] {
  const spacingMs = SPACING_MS / figures.speed;
  const common = { evidenceAt: now, spacingMs };
  const threshold = (rule: string, ofSettings: number) => thresholdOf(figures, rule, ofSettings);
  return [
    readSuccess(figures, settings, threshold('success_rate', settings.ALERT_SUCCESS_RATIO), {
      ...common,
      rule: 'success_rate',
      severity: 'P1',
      cause: 'delivery',
      related: null,
      title: 'Messages do not get through to the Agent service',
    }),
    readSuccess(figures, settings, threshold('success_warning', settings.ALERT_SUCCESS_WARNING_RATIO), {
      ...common,
      rule: 'success_warning',
      severity: 'warning',
      cause: null,
      related: 'delivery',
      title: 'Some messages do not get through on the first try',
    }),
    readDeadLetters(figures, threshold('dead_letters', settings.ALERT_DEAD_LETTERS_PER_HOUR), now, {
      ...common,
      rule: 'dead_letters',
      severity: 'P2',
      cause: 'delivery',
      related: null,
      title: 'Messages could not be delivered and wait as dead letters',
    }),
    readDeadLetters(
      figures,
      threshold('dead_letters_warning', settings.ALERT_DEAD_LETTERS_WARNING_PER_HOUR),
      now,
      {
        ...common,
        rule: 'dead_letters_warning',
        severity: 'warning',
        cause: null,
        related: 'delivery',
        title: 'Messages become dead letters',
      },
    ),
  ];
}

type Naming = Pick<
  RuleReading,
  'rule' | 'severity' | 'cause' | 'related' | 'title' | 'evidenceAt' | 'spacingMs'
>;

const percent = (ratio: number) => `${Math.floor(ratio * 1000) / 10} %`;

/**
 * Share of attempts that succeeded. A breaker that is not closed fires whatever the share: nothing gets through. Without
 * attempts it is unknown; with fewer than the minimum a bad share is no alarm yet, a good one is good.
 */
function readSuccess(
  figures: RuleFigures,
  settings: Settings,
  threshold: number,
  naming: Naming,
): RuleReading {
  const { breaker, attempts, speed } = figures;
  const windowMs = settings.ALERT_SUCCESS_WINDOW / speed;
  const total = attempts.ok + attempts.failed;
  const ratio = total === 0 ? null : attempts.ok / total;
  const numbers = { ok: attempts.ok, failed: attempts.failed, windowMs, breaker: breaker.state };
  const fires = `the rule fires below ${percent(threshold)}`;
  // What failed before the Agent service answered again is not counted, so the window is shorter than its name.
  const during = breaker.closedAt
    ? `after it answered again at ${clockWords(breaker.closedAt)}`
    : `in ${spanWords(windowMs)}`;
  const counted = `${attempts.ok} of ${total} attempts succeeded ${during}`;
  const reading = { ...naming, value: ratio, threshold, numbers, firstBadAt: null };
  if (breaker.state !== 'closed') {
    const why = breaker.reason ? ` (${breaker.reason})` : '';
    return {
      ...reading,
      state: 'firing',
      value: 0,
      words: `The Agent service has been failing since ${clockWords(breaker.since)}${why}: deliveries are held, which counts as failing; ${fires}.`,
      firstBadAt: breaker.since,
    };
  }
  if (ratio === null)
    return breaker.closedAt
      ? {
          ...reading,
          state: 'ok',
          words: `The Agent service has been answering again since ${clockWords(breaker.closedAt)}, and nothing has been sent since; ${fires}.`,
        }
      : {
          ...reading,
          state: 'unknown',
          words: `No attempts in ${spanWords(windowMs)}: unknown; ${fires}.`,
        };
  const words = `${counted} (${percent(ratio)}); ${fires}`;
  if (ratio >= threshold) return { ...reading, state: 'ok', words: `${words}.` };
  if (total < settings.ALERT_SUCCESS_MIN_ATTEMPTS)
    return {
      ...reading,
      state: 'unknown',
      words: `${words} of at least ${settings.ALERT_SUCCESS_MIN_ATTEMPTS}: too few to tell.`,
      breaksRecovery: true,
    };
  return { ...reading, state: 'firing', words: `${words}.`, firstBadAt: attempts.firstFailedAt };
}

/** What was replayed or discarded since is no dead letter any more: the rule clears when the hour's letters are dealt with. */
function readDeadLetters(figures: RuleFigures, threshold: number, now: Date, naming: Naming): RuleReading {
  const windowMs = DEAD_LETTER_WINDOW_MS / figures.speed;
  const n = figures.deadLetters;
  const firing = n > threshold;
  return {
    ...naming,
    state: firing ? 'firing' : 'ok',
    value: n,
    threshold,
    words: `${n === 1 ? '1 dead letter' : `${n} dead letters`} of the last ${spanWords(windowMs)} still ${n === 1 ? 'waits' : 'wait'}; the rule fires above ${threshold}.`,
    numbers: { deadLetters: n, windowMs },
    firstBadAt: firing ? now : null,
  };
}
