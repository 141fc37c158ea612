import { readArrivalFigures } from '../features/alerts/read-arrival-figures.server.ts';
import { REGISTRATION_FAULTS } from '../features/health/investigations/signature.server.ts';
import { ARRIVAL_STATES, judgeArrival } from '../features/overview/arrival-card.ts';
import type { Services } from '../lib/services.server.ts';

/** Sets the gauges of the way from Chatwoot to us; what is not known has no sample, so that no old number is repeated. */
export async function setArrivalMetrics({ metrics, db, config }: Services): Promise<void> {
  metrics.arrivalState.reset();
  metrics.registrationState.reset();
  metrics.arrivalDelaySeconds.reset();
  metrics.lastMessageWebhookSeconds.remove();
  metrics.missedMessages.remove();
  metrics.comparedSeconds.remove();
  if (!config.connection || db.status().state !== 'up') return;
  const now = db.clock.now();
  const [arrival, compared] = await Promise.all([
    readArrivalFigures(db.pool, now),
    db.pool.query<{ through: Date | null }>(
      "SELECT max(until) AS through FROM reconciliations WHERE state = 'done' AND NOT partial",
    ),
  ]);
  const { registration, delay, lastWebhookAt, missed } = arrival;
  const { state } = judgeArrival(arrival, now);
  for (const one of ARRIVAL_STATES) metrics.arrivalState.set({ state: one }, one === state ? 1 : 0);
  const fault = registration ? (registration.fault ?? 'ok') : 'unknown';
  for (const one of ['ok', 'unknown', ...REGISTRATION_FAULTS])
    metrics.registrationState.set({ state: one }, one === fault ? 1 : 0);
  if (delay) {
    metrics.arrivalDelaySeconds.set({ quantile: '0.5' }, delay.p50 / 1000);
    metrics.arrivalDelaySeconds.set({ quantile: '0.95' }, delay.p95 / 1000);
  }
  const age = (at: Date) => Math.max(0, now.getTime() - at.getTime()) / 1000;
  if (lastWebhookAt) metrics.lastMessageWebhookSeconds.set(age(lastWebhookAt));
  metrics.missedMessages.set(missed.messages);
  const through = compared.rows[0]?.through;
  if (through) metrics.comparedSeconds.set(age(through));
}
