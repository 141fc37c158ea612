import type pg from 'pg';
import type { Config } from '../../lib/config.ts';
import { applyAlertChanges, type AlertChange } from '../incidents/apply-alert-changes.server.ts';
import { foldProbes } from '../incidents/fold-probes.server.ts';
import { lockOpening } from '../incidents/lock-opening.server.ts';
import { readOpenDrill } from '../incidents/open-drill.server.ts';
import { recordFact } from '../facts/record-fact.server.ts';
import { forgetAlert, lockAlerts, writeAlert } from './alert-rows.server.ts';
import { decideAlert, type AlertDecision } from './decide-alert.ts';
import { readFigures } from './read-figures.server.ts';
import type { AlertState, Reading } from './reading.ts';
import { recordDelay } from './record-delay.server.ts';
import { readRules } from './rules.ts';
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
  const figures = await readFigures(client, config, now, drill?.speed ?? 1);
  const previous = await lockAlerts(client);
  const readings = readRules(figures, config, now);
  const judged = readings.map((reading) => ({
    reading,
    before: previous.get(reading.rule) ?? null,
    decision: decideAlert(previous.get(reading.rule) ?? null, reading, now, config),
  }));
  const gone = [...previous.values()].filter(({ rule }) => !readings.some((one) => one.rule === rule));
  const changes = [...judged.flatMap(changeOf), ...gone.flatMap((alert) => closeOf(alert))];
  const incidents = await applyAlertChanges(client, { config, now, drill }, changes);
  await foldProbes(client, figures.components);
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

function changeOf({ reading, decision }: { reading: Reading; decision: AlertDecision }): AlertChange[] {
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
  reading: Reading,
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
