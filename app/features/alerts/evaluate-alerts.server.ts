import type pg from 'pg';
import { inTransaction } from '../../lib/database/transaction.server.ts';
import type { Services } from '../../lib/services.server.ts';
import { minuteWords } from '../../lib/time-words.ts';
import type { Config } from '../../lib/settings/config.ts';
import { recordFact } from '../facts/record-fact.server.ts';
import { type AlertChange, applyAlertChanges } from '../incidents/apply-alert-changes.server.ts';
import { lockOpening, readOpenDrill, tryLockOpening } from '../incidents/incident-row.server.ts';
import { type Maintenance, maintenanceOf, readMaintenance } from '../incidents/maintenance.server.ts';
import { recordProbes } from '../incidents/record-timeline.server.ts';
import { forgetAlert, lockAlerts, writeAlert } from './alert-rows.server.ts';
import type { Mute } from './adjustments.ts';
import { type AlertDecision, decideAlert } from './decide-alert.ts';
import { readRuleFigures } from './read-rule-figures.server.ts';
import { recordDelay } from './read-arrival-figures.server.ts';
import type { AlertState, RuleFigures, RuleReading } from './rule-reading.ts';
import { readArrivalRules } from './rules-arrival.ts';
import { readBackupRules } from './rules-backup.ts';
import { readDeliveryRules } from './rules-delivery.ts';
import { readHealthRules } from './rules-health.ts';
import { readWaitingRules } from './rules-waiting.ts';
import { tellWarnings } from './tell-warnings.server.ts';

/** What stands unchanged is written at most this often, ms. */
const REFRESH_MS = 10_000;

interface Context {
  config: Config;
  now: Date;
}

/**
 * Judges every rule by what is recorded and brings alerts, incidents and the outbox up to date, in the caller's
 * transaction: the health check's, or the one of {@link tickAlerts}. Waits while another process judges.
 * @returns whether something changed that the page shows
 */
export async function evaluateAlerts(
  client: pg.PoolClient,
  { config, now }: Context,
): Promise<{ changed: boolean }> {
  await lockOpening(client);
  const drill = await readOpenDrill(client);
  const figures = await readRuleFigures(client, config, now, drill?.speed ?? 1);
  const previous = await lockAlerts(client);
  const maintenance = await readMaintenance(client, now);
  const readings = readRules(figures, config, now);
  const judged = readings.map((reading) => {
    const before = previous.get(reading.rule) ?? null;
    const seen = muted(
      inMaintenance(reading, before, { maintenance, config, now }),
      before,
      figures.adjustments.mutes.get(reading.rule),
    );
    return { reading: seen, before, decision: decideAlert(before, seen, now, config) };
  });
  const gone = [...previous.values()].filter(({ rule }) => !readings.some((one) => one.rule === rule));
  const changes = [...judged.flatMap(changeOf), ...gone.flatMap((alert) => closeOf(alert))];
  const incidents = await applyAlertChanges(client, { config, now, drill }, changes);
  await recordProbes(client, figures.components);
  for (const { decision, before } of judged) {
    const next = incidents.has(decision.next.rule)
      ? { ...decision.next, incidentId: incidents.get(decision.next.rule) ?? null }
      : decision.next;
    if (isWorthWriting(before, next, now)) await writeAlert(client, next);
  }
  for (const { rule } of gone) await forgetAlert(client, rule);
  for (const { reading, decision } of judged)
    if (decision.change) await recordChange(client, reading, decision.change, decision, incidents, now);
  await recordDelay(client, figures.arrival, now);
  await tellWarnings(client, { config, now, drill }, judged);
  const changed = judged.some(({ before, decision: { next } }) => before?.state !== next.state);
  return { changed: changed || gone.length > 0 };
}

/**
 * A muted rule does not begin to fire: it is unknown, and says what it would have said. One that fires already goes on,
 * and recovers as ever.
 */
function muted(reading: RuleReading, before: AlertState | null, mute: Mute | undefined): RuleReading {
  if (!mute || reading.state !== 'firing' || before?.state === 'firing') return reading;
  const why = `Muted until ${minuteWords(mute.until)} by ${mute.mutedBy} (${mute.reason}), so nobody is called`;
  return { ...reading, state: 'unknown', words: `${why}. ${reading.words}` };
}

/**
 * In planned maintenance a rule does not begin to fire, nor until what it looks at was measured after its end and the time of a
 * confirmation has passed: then it fires, and began at that end. One that fired before goes on.
 */
function inMaintenance(
  reading: RuleReading,
  before: Pick<AlertState, 'state'> | null,
  {
    maintenance,
    config,
    now,
  }: { maintenance: Maintenance; config: Pick<Config, 'HEALTH_CONFIRM_INTERVAL'>; now: Date },
): RuleReading {
  if (reading.state !== 'firing' || before?.state === 'firing') return reading;
  const end = maintenanceOf(reading, maintenance);
  if (!end) return reading;
  const { evidenceAt, firstBadAt } = reading;
  const isOver = now.getTime() >= end.getTime() + config.HEALTH_CONFIRM_INTERVAL;
  if (isOver && (evidenceAt === null || evidenceAt > end))
    return { ...reading, firstBadAt: firstBadAt && firstBadAt < end ? end : firstBadAt };
  const words = `Planned maintenance until ${minuteWords(end)}, so nobody is called. ${reading.words}`;
  return { ...reading, state: 'unknown', words };
}

function changeOf({ reading, decision }: { reading: RuleReading; decision: AlertDecision }): AlertChange[] {
  const { cause, severity, title, words, numbers, rule, value } = reading;
  if (!decision.change || cause === null || severity === 'warning') return [];
  const { firstBadAt } = decision.next;
  return [{ change: decision.change, rule, cause, severity, title, words, numbers, value, firstBadAt }];
}

/** A rule that no longer exists, e.g. of a target that was taken out of the settings, must not fire for ever. */
function closeOf({ rule, severity, state, numbers, value }: AlertState): AlertChange[] {
  if (state !== 'firing' || severity === 'warning') return [];
  const words = 'This check was taken out of the settings.';
  return [
    { change: 'cleared', rule, cause: rule, severity, title: rule, words, numbers, value, firstBadAt: null },
  ];
}

function isWorthWriting(before: AlertState | null, next: AlertState, now: Date): boolean {
  if (!before || now.getTime() - before.evaluatedAt.getTime() >= REFRESH_MS) return true;
  return (
    before.state !== next.state ||
    before.okStreak !== next.okStreak ||
    before.incidentId !== next.incidentId ||
    before.value !== next.value ||
    before.threshold !== next.threshold
  );
}

async function recordChange(
  client: pg.PoolClient,
  reading: RuleReading,
  change: 'fired' | 'cleared',
  { next }: AlertDecision,
  incidents: Map<string, number>,
  now: Date,
): Promise<void> {
  const { rule, severity, words, value, threshold, numbers } = reading;
  await recordFact(client, {
    type: `support.alert.${change}`,
    value: { rule, severity, words, value, threshold, numbers },
    metadata: { incident: incidents.get(rule) ?? null, firstBadAt: next.firstBadAt },
    now,
  });
}

/** Every rule, worst first; see docs/decisions/0008-outages.md. Pure: what was recorded in, what it means out. */
export function readRules(figures: RuleFigures, config: Config, now: Date): RuleReading[] {
  return [
    ...readHealthRules(figures, config, now),
    ...readArrivalRules(figures, now),
    ...readDeliveryRules(figures, config, now),
    ...readWaitingRules(figures, config, now),
    ...readBackupRules(figures, config, now),
  ];
}

/**
 * Judges the rules between two health checks: deliveries and customers do not wait for them. While another process is
 * at it this one has nothing to do.
 */
export async function tickAlerts(services: Services, now: Date): Promise<{ changed: boolean }> {
  const { config, db, changes } = services;
  const result = await inTransaction(db.pool, async (client) =>
    (await tryLockOpening(client)) ? evaluateAlerts(client, { config, now }) : { changed: false },
  );
  if (result.changed) {
    changes.announce('alarm');
    changes.announce('work');
  }
  return result;
}
