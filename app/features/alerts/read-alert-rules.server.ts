import type { Services } from '../../lib/services.server.ts';
import { inTransaction } from '../../lib/database/transaction.server.ts';
import { readOpenDrill } from '../incidents/incident-row.server.ts';
import type { AlertRuleView } from './alert-rules-view.ts';
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
    return readRules(figures, config, now).map((reading) =>
      viewOf(reading, stored.get(reading.rule), config.ALERT_RECOVERY_CHECKS),
    );
  });
}

function viewOf(reading: RuleReading, alert: AlertState | undefined, need: number): AlertRuleView {
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

const SECONDS = new Set(['arrival_delay', 'arrival_delay_warning', 'arrival_unseen']);
const COUNTS = new Set(['sla_breach', 'webhooks_silent', 'webhooks_refused']);

function unitOf(rule: string): AlertRuleView['unit'] {
  if (rule.startsWith('success_')) return 'ratio';
  if (rule === 'response_time' || SECONDS.has(rule)) return 'seconds';
  return rule.startsWith('dead_letters') || COUNTS.has(rule) ? 'count' : 'checks';
}
