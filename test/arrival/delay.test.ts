import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readArrivalCard } from '../../app/features/overview/read-arrival-card.server.ts';
import { setArrivalMetrics } from '../../app/server/read-metrics.server.ts';
import { createSilenceWorld, type SilenceWorld } from './silence-world.ts';

// Each second of the story is a round of everything; a slow machine needs its time.
vi.setConfig({ testTimeout: 180_000 });

let world: SilenceWorld;
beforeEach(async () => {
  world = await createSilenceWorld();
});
afterEach(() => world.close());

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** Customers' messages whose webhooks come so long after they were written. */
async function arriveAfter(ms: number, messages = 20) {
  const { store } = world.chatwoot;
  for (let i = 0; i < messages; i += 1) {
    const conversation = store.startConversation();
    store.addMessage(conversation, {
      type: 'incoming',
      content: 'Where is my parcel?',
      private: false,
      sender: conversation.contact,
      createdAt: Date.now() - ms,
    });
  }
  await world.settled();
  await world.second();
}
async function facts() {
  const { rows } = await world.services.db.pool.query<{ value: { level: string; p95Ms: number } }>(
    `SELECT value FROM dashboard_facts WHERE fact_type = 'support.arrival.delay' ORDER BY id`,
  );
  return rows.map(({ value }) => value);
}
const card = async () =>
  (await readArrivalCard(world.services, { range: '1h', now: new Date(Date.now() + MINUTE) }))!;
async function metrics() {
  await setArrivalMetrics(world.services);
  return world.services.metrics.registry.metrics();
}

test('the delay crosses both thresholds: as facts, in the rules, on the chart and as gauges', async () => {
  expect(await metrics()).not.toMatch(/^outage_center_(arrival_delay|last_message_webhook)_seconds/m);
  await arriveAfter(0, 1);
  expect(await facts()).toMatchObject([{ level: 'on_time' }]);
  expect(await world.alert('arrival_delay_warning')).toMatchObject({ state: 'ok' });

  await arriveAfter(2 * MINUTE);
  expect((await facts()).map(({ level }) => level)).toEqual(['on_time', 'late']);
  expect(await world.alert('arrival_delay_warning')).toMatchObject({ state: 'firing' });
  expect(await world.alert('arrival_delay')).toMatchObject({ state: 'ok' });
  expect((await card()).rows.find(({ id }) => id === 'delay')).toMatchObject({ tone: 'warning' });

  await arriveAfter(7 * MINUTE, 400);
  const [, , last] = await facts();
  expect(last).toMatchObject({ level: 'far_behind', p95Ms: expect.any(Number) as number });
  expect(last!.p95Ms).toBeGreaterThanOrEqual(7 * MINUTE);
  expect(await world.alert('arrival_delay')).toMatchObject({ state: 'firing' });

  // The chart says the same: the worst of its points is as late, beside both thresholds.
  const { delays, thresholds } = await card();
  expect(Math.max(...delays.map(({ p95 }) => p95))).toBeGreaterThanOrEqual(7 * MINUTE);
  expect(delays.reduce((total, { messages }) => total + messages, 0)).toBe(421);
  expect(thresholds).toEqual({ warningMs: MINUTE, alarmMs: 5 * MINUTE });

  const text = await metrics();
  expect(text).toMatch(/^outage_center_arrival_delay_seconds\{quantile="0.95"\} (4[2-9]\d|5\d\d)$/m);
  expect(text).toMatch(/^outage_center_arrival_state\{state="unproved"\} 0$/m);
  expect(text).toMatch(/^outage_center_last_message_webhook_seconds \d/m);
  expect(text).toMatch(/^outage_center_missed_messages 0$/m);
  // Nobody has read Chatwoot's list wrongly.
  expect(text.match(/^outage_center_webhook_registration_state\{.*\} 1$/gm)).toHaveLength(1);

  // When messages stop coming that is the end of the delay, once.
  for (let i = 0; i < 3; i += 1) {
    world.advance(6 * MINUTE);
    await world.second();
  }
  expect((await facts()).map(({ level }) => level)).toEqual(['on_time', 'late', 'far_behind', 'none']);
});
