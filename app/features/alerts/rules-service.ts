import type { Config } from '../../lib/config.ts';
import { spanWords } from '../incidents/span-words.ts';
import type { Figures, Reading } from './reading.ts';

type Settings = Pick<Config, 'ALERT_RESPONSE_TIME'>;

/** Good readings count once in this time, as for the rules over deliveries. */
const SPACING_MS = 20_000;

/** Rules over how long customers wait: runbook section 6, average response over 20 minutes, any SLA breach. */
export function readServiceRules(figures: Figures, settings: Settings, now: Date): Reading[] {
  const { backlog, speed } = figures;
  const common = {
    severity: 'warning' as const,
    cause: null,
    related: null,
    firstBadAt: null,
    evidenceAt: now,
    spacingMs: SPACING_MS / speed,
  };
  const allowed = settings.ALERT_RESPONSE_TIME / 1000;
  const seconds = backlog.averageResponseSeconds;
  const slow = seconds !== null && seconds > allowed;
  const breaches = backlog.slaBreaches;
  return [
    {
      ...common,
      rule: 'response_time',
      title: 'Customers wait long for an answer',
      state: seconds === null ? 'unknown' : slow ? 'firing' : 'ok',
      value: seconds,
      threshold: allowed,
      words: `${seconds === null ? 'No answers to measure' : `Customers wait ${spanWords(seconds * 1000)} for an answer on average`}; the rule fires above ${spanWords(allowed * 1000)}.`,
      numbers: { averageResponseSeconds: seconds },
      firstBadAt: slow ? now : null,
    },
    {
      ...common,
      rule: 'sla_breach',
      title: 'Customers wait longer than the SLA allows',
      state: breaches === null ? 'unknown' : breaches > 0 ? 'firing' : 'ok',
      value: breaches,
      threshold: 0,
      words: `${breaches === null ? 'SLA breaches are not known' : breaches === 1 ? '1 customer waits longer than the SLA allows' : `${breaches} customers wait longer than the SLA allows`}; the rule fires at 1.`,
      numbers: { slaBreaches: breaches },
      firstBadAt: breaches ? now : null,
    },
  ];
}
