import type { Config } from '../../lib/settings/config.ts';
import { spanWords } from '../../lib/time-words.ts';
import { thresholdOf } from './adjustments.ts';
import type { RuleFigures, RuleReading } from './rule-reading.ts';

type Settings = Pick<Config, 'ALERT_RESPONSE_TIME'>;

/** Good readings count once in this time, as for the rules over deliveries. */
const SPACING_MS = 20_000;

/** Rules over how long customers wait: runbook section 6, average response over 20 minutes, any SLA breach. */
export function readWaitingRules(figures: RuleFigures, settings: Settings, now: Date): RuleReading[] {
  const { backlog, speed } = figures;
  const common = {
    severity: 'warning' as const,
    cause: null,
    related: null,
    firstBadAt: null,
    evidenceAt: now,
    spacingMs: SPACING_MS / speed,
  };
  const allowed = thresholdOf(figures, 'response_time', settings.ALERT_RESPONSE_TIME / 1000);
  const allowedBreaches = thresholdOf(figures, 'sla_breach', 0);
  const seconds = backlog.averageResponseSeconds;
  const slow = seconds !== null && seconds > allowed;
  const { slaBreaches, breachesByHand } = backlog;
  // What is known to be late fires, whatever else is not known.
  const breaches = slaBreaches === null ? breachesByHand || null : slaBreaches + breachesByHand;
  return [
    {
      ...common,
      rule: 'response_time',
      title: 'Customers are waiting too long for an answer',
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
      title: 'Customers have been waiting longer than the SLA allows',
      state: breaches === null ? 'unknown' : breaches > allowedBreaches ? 'firing' : 'ok',
      value: breaches,
      threshold: allowedBreaches,
      words: `${breachWords(breaches, backlog)}; the rule fires above ${allowedBreaches}.`,
      numbers: { slaBreaches: breaches, breachesByHand },
      firstBadAt: (breaches ?? 0) > allowedBreaches ? now : null,
    },
  ];
}

function breachWords(
  breaches: number | null,
  { slaBreaches, breachesByHand }: RuleFigures['backlog'],
): string {
  if (breaches === null) return 'SLA breaches are not known';
  const who = breaches === 1 ? '1 customer waits longer' : `${breaches} customers wait longer`;
  const said = `${who} than the SLA allows`;
  if (breachesByHand === 0) return said;
  if (slaBreaches === null)
    return `${said}, in tickets kept by hand; of the conversations in Chatwoot it is not known`;
  return `${said}, ${breachesByHand} of them in tickets kept by hand`;
}
