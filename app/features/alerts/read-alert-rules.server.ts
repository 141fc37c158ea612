import type { Services } from '../../lib/services.server.ts';
import { inTransaction } from '../../lib/database/transaction.server.ts';
import { readOpenDrill } from '../incidents/incident-row.server.ts';
import {
  type Adjustments,
  type AlertRuleView,
  NO_ADJUSTMENTS,
  toTyped,
  typedUnitOf,
  unitOf,
} from './adjustments.ts';
import { readAlertRows } from './alert-rows.server.ts';
import { readRuleFigures } from './read-rule-figures.server.ts';
import type { AlertState, RuleReading } from './rule-reading.ts';
import { readRules } from './evaluate-alerts.server.ts';

/** Every rule with its value now against its threshold, and where its alert stands. */
export function readAlertRules(services: Services, now: Date): Promise<AlertRuleView[]> {
  const { config, db } = services;
  return inTransaction(db.pool, async (client) => {
    await client.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
    const drill = await readOpenDrill(client);
    const figures = await readRuleFigures(client, config, now, drill?.speed ?? 1);
    const stored = await readAlertRows(client);
    const ofSettings = new Map(
      readRules({ ...figures, adjustments: NO_ADJUSTMENTS }, config, now).map((one) => [
        one.rule,
        one.threshold,
      ]),
    );
    return readRules(figures, config, now).map((reading) => ({
      ...viewOf(reading, stored.get(reading.rule), config.ALERT_RECOVERY_CHECKS),
      ...adjusted(reading, ofSettings.get(reading.rule) ?? null, figures.adjustments),
    }));
  });
}

function adjusted(
  { rule, threshold }: RuleReading,
  ofSettings: number | null,
  { thresholds, mutes }: Adjustments,
): Pick<AlertRuleView, 'change' | 'changed' | 'mute'> {
  const unit = typedUnitOf(rule);
  const set = thresholds.get(rule);
  const mute = mutes.get(rule);
  return {
    change:
      unit && threshold !== null && ofSettings !== null
        ? { unit, value: toTyped(threshold, unit), ofSettings: toTyped(ofSettings, unit) }
        : null,
    changed: set ? { by: set.changedBy, at: set.changedAt.toISOString() } : null,
    mute: mute ? { until: mute.until.toISOString(), reason: mute.reason, by: mute.mutedBy } : null,
  };
}

function viewOf(
  reading: RuleReading,
  alert: AlertState | undefined,
  need: number,
): Omit<AlertRuleView, 'change' | 'changed' | 'mute'> {
  const firing = alert?.state === 'firing';
  return {
    rule: reading.rule,
    severity: reading.severity,
    title: reading.title,
    state: firing ? (alert.okStreak > 0 ? 'recovering' : 'firing') : reading.state,
    since: alert?.since.toISOString() ?? null,
    evaluatedAt: alert?.evaluatedAt.toISOString() ?? null,
    value: reading.value,
    threshold: reading.threshold,
    unit: unitOf(reading.rule),
    words: reading.words,
    goodReadings: firing ? { have: alert.okStreak, need } : null,
    incidentId: alert?.incidentId ?? null,
  };
}
