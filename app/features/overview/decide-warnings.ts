import type { Trouble } from '../../lib/database/trouble.ts';
import {
  capital,
  cureOfRejection,
  LATE_CURE,
  lateMinutes,
  OPEN_ENDPOINT_CURE,
  QUARANTINE_CURE,
  reasonWords,
  registersAgain,
  UNREADABLE_SECRETS_CURE,
  WITHHELD_CURE,
  WITHHELD_LINK,
  withheldSentence,
} from './overview-words.ts';
import { PROCESS_CLOCK_CURE, processClockWords } from '../../lib/time-words.ts';
import type { OverviewFigures } from './figures.ts';
import { outageWarnings } from './outage-warnings.ts';
import type { Warning } from './overview-view.ts';
import { safetyNetWarnings } from './safety-nets.ts';
import { countText } from '../../lib/words.ts';

/** What needs somebody although it may not stop the service, each with its cure; most urgent first. */
export function decideWarnings(figures: OverviewFigures, now: Date): Warning[] {
  const { intake, workers } = figures;
  const warnings: Warning[] = [];
  if (workers === 0)
    warnings.push({
      id: 'worker_missing',
      tone: 'critical',
      sentence: 'No worker has been seen for 8 seconds, so nothing is delivered.',
      cure: 'Start one with "npm start" and ROLE=all or ROLE=worker.',
    });
  for (const clock of figures.clocks)
    warnings.push({
      id: `process_clock:${clock.host}`,
      tone: 'warning',
      sentence: processClockWords(clock, now),
      cure: PROCESS_CLOCK_CURE,
    });
  return [
    ...warnings,
    ...outageWarnings(figures, now),
    ...intakeWarnings(intake, lateMinutes(figures.hour, 10)),
    ...safetyNetWarnings(figures.safetyNets),
    ...(figures.withheld > 0
      ? [
          {
            id: 'withheld',
            tone: 'warning' as const,
            sentence: withheldSentence(figures.withheld),
            cure: WITHHELD_CURE,
            link: WITHHELD_LINK,
          },
        ]
      : []),
  ];
}

/** What hampers the database although it answers. */
export function databaseWarnings(warnings: readonly Trouble[]): Warning[] {
  return warnings.map(({ kind, sentence, cure }) => ({
    id: `database_${kind}`,
    tone: 'warning',
    sentence,
    cure,
  }));
}

/** Warnings about the intake alone: known also while the database is away. */
export function intakeWarnings(intake: OverviewFigures['intake'], lateAt: string): Warning[] {
  const { spooled, spoolInUse, quarantined, rejected, late, open, credentials } = intake;
  const warnings: Warning[] = [];
  if (spoolInUse || spooled > 0)
    warnings.push({
      id: 'spool_in_use',
      tone: 'warning',
      sentence: `${countText(spooled, 'webhook')} kept in the spool file on disk, not in the database yet.`,
      cure: 'They are brought in by themselves, in order, when the database takes them. Keep DATA_DIR as it is until then.',
    });
  if (quarantined > 0)
    warnings.push({
      id: 'quarantined',
      tone: 'critical',
      sentence: `${countText(quarantined, 'webhook')} acknowledged, but set aside: refused by the database for what ${quarantined === 1 ? 'it contains' : 'they contain'}, or damaged by the disk.`,
      cure: QUARANTINE_CURE,
    });
  const [worst] = rejected;
  if (worst) {
    const reasons = rejected.map(({ reason, count }) => `${count} ${reasonWords(reason)}`).join(', ');
    const total = rejected.reduce((sum, { count }) => sum + count, 0);
    warnings.push({
      id: 'rejected',
      tone: 'warning',
      sentence: `${capital(countText(total, 'webhook'))} refused in the last 10 min: ${reasons}.`,
      cure: cureOfRejection(worst.reason),
      registers: registersAgain(worst.reason),
    });
  }
  if (late > 0)
    warnings.push({
      id: 'late_answers',
      tone: 'warning',
      sentence: `${capital(countText(late, 'webhook'))} ${late === 1 ? 'was' : 'were'} answered too late for Chatwoot in the last 10 min${lateAt && `, at ${lateAt}`}: it saw a failure, ${late === 1 ? 'it was' : 'they were'} kept.`,
      cure: LATE_CURE,
    });
  if (credentials === 'unreadable' && !open)
    warnings.push({
      id: 'secrets_unreadable',
      tone: 'critical',
      sentence:
        'The secrets of Chatwoot’s webhooks cannot be read, so what they do not prove is refused (503).',
      cure: UNREADABLE_SECRETS_CURE,
      registers: true,
    });
  if (open)
    warnings.push({
      id: 'endpoint_open',
      tone: 'warning',
      sentence: 'Anyone who knows the address can post webhooks here.',
      cure: OPEN_ENDPOINT_CURE,
    });
  return warnings;
}
