import { backupTrouble } from '../backup/judge-backups.ts';
import type { Config } from '../../lib/settings/config.ts';
import type { RuleFigures, RuleReading } from './rule-reading.ts';

/** Where backups are made by the clock: one that fails or is late is told to whoever is told of everything. */
export function readBackupRules(
  { backup }: Pick<RuleFigures, 'backup'>,
  { BACKUP_INTERVAL: everyMs }: Pick<Config, 'BACKUP_INTERVAL'>,
  now: Date,
): RuleReading[] {
  if (!backup) return [];
  const trouble = backupTrouble(backup, { everyMs, now });
  return [
    {
      rule: 'backup',
      state: trouble ? 'firing' : 'ok',
      severity: 'warning',
      cause: null,
      related: null,
      title: 'Backups are not made',
      value: null,
      threshold: null,
      words: trouble ?? 'The last backup was made; the rule fires when one fails or is late.',
      numbers: {},
      firstBadAt: trouble ? (backup.failed?.at ?? now) : null,
      evidenceAt: now,
      spacingMs: 0,
    },
  ];
}
