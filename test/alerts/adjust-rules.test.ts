import { afterEach, expect, test } from 'vitest';
import { adjustRule } from '../../app/features/alerts/adjust-rules.server.ts';
import { readAlertRules } from '../../app/features/alerts/read-alert-rules.server.ts';
import { readSafetyNets } from '../../app/features/overview/read-safety-nets.server.ts';
import { until } from '../support/until.ts';
import { CHANNELS, createAlertWorld, type AlertWorld } from './alert-world.ts';

let world: AlertWorld;
afterEach(() => world.close());

const ana = { id: 'person:1', name: 'Ana', role: 'admin', via: 'session', from: '127.0.0.1' } as const;
const adjust = (fields: Record<string, string>) =>
  adjustRule(world.services, { fields: new URLSearchParams(fields), actor: ana, now: world.now() });
const rule = async (name: string) =>
  (await readAlertRules(world.services, world.now())).find((one) => one.rule === name)!;
const incidents = () => world.query<{ cause: string }>('SELECT cause FROM incidents ORDER BY id');
const audited = () =>
  world.query<{ action: string; target: string; reason: string | null }>(
    "SELECT action, target, reason FROM audit_log WHERE action LIKE 'alerts.%' ORDER BY id",
  );

test('an admin raises a threshold: the rule is judged by it, the settings keep their own, and both are on record', async () => {
  world = await createAlertWorld(CHANNELS);
  await world.check({ outcome: 'ok' });
  expect(await rule('chatwoot_down')).toMatchObject({ change: { value: 2, ofSettings: 2 }, changed: null });
  expect(await adjust({ do: 'threshold', rule: 'chatwoot_down', threshold: '3' })).toMatchObject({
    outcome: 'done',
  });
  for (let n = 0; n < 2; n += 1) {
    world.advance(30_000);
    await world.check({ outcome: 'failed' });
  }
  expect(await incidents()).toEqual([]);
  expect(await rule('chatwoot_down')).toMatchObject({
    threshold: 3,
    change: { value: 3, ofSettings: 2 },
    changed: { by: 'Ana' },
  });
  expect((await world.alert('chatwoot_down')).words).toContain('the rule fires at 3');
  await adjust({ do: 'reset', rule: 'chatwoot_down' });
  await world.tick();
  expect(await incidents()).toEqual([{ cause: 'chatwoot' }]);
  expect(await audited()).toEqual([
    { action: 'alerts.threshold', target: 'alert rule chatwoot_down', reason: null },
    { action: 'alerts.reset', target: 'alert rule chatwoot_down', reason: null },
  ]);
});

test('a muted rule calls nobody and says so everywhere; when the mute is over it fires', async () => {
  world = await createAlertWorld(CHANNELS);
  await world.check({ outcome: 'ok' });
  await adjust({
    do: 'mute',
    rule: 'chatwoot_down',
    minutes: '30',
    reason: 'Chatwoot moves to another host',
  });
  for (let n = 0; n < 3; n += 1) {
    world.advance(60_000);
    await world.check({ outcome: 'failed' });
  }
  expect(await incidents()).toEqual([]);
  expect(await rule('chatwoot_down')).toMatchObject({
    state: 'firing',
    mute: { by: 'Ana', reason: 'Chatwoot moves to another host' },
  });
  expect(await world.alert('chatwoot_down')).toMatchObject({
    state: 'unknown',
    words: expect.stringMatching(/^Muted until 05:30 UTC by Ana \(Chatwoot moves/) as string,
  });
  world.advance(28 * 60_000);
  await world.check({ outcome: 'failed' });
  expect(await incidents()).toEqual([{ cause: 'chatwoot' }]);
  expect(await audited()).toMatchObject([
    { action: 'alerts.mute', reason: 'Chatwoot moves to another host' },
  ]);
});

test('an incident that is open goes on and recovers although its rule is muted', async () => {
  world = await createAlertWorld();
  await world.check({ outcome: 'failed' });
  await world.check({ outcome: 'failed' });
  await adjust({ do: 'mute', rule: 'chatwoot_down', minutes: '1440', reason: 'Known' });
  world.advance(30_000);
  await world.check({ outcome: 'failed' });
  expect(await world.alert('chatwoot_down')).toMatchObject({ state: 'firing' });
  for (let n = 0; n < 3; n += 1) {
    world.advance(30_000);
    await world.check({ outcome: 'ok' });
  }
  expect(await world.alert('chatwoot_down')).toMatchObject({ state: 'ok' });
});

test('while a rule is muted the overview does not say that all is good', async () => {
  world = await createAlertWorld();
  await world.check({ outcome: 'ok' });
  const nets = async () =>
    (await readSafetyNets(world.services)).safetyNets.filter(({ id }) => id === 'muted');
  expect(await nets()).toEqual([]);
  // The nets are read by the database's clock, of which this process has an estimate.
  const now = () => world.services.db.clock.now();
  await adjustRule(world.services, {
    fields: new URLSearchParams({ do: 'mute', rule: 'sla_breach', minutes: '60', reason: 'Night shift' }),
    actor: ana,
    now: now(),
  });
  await until('it is told of', async () =>
    (await nets()).some(({ sentence }) => sentence.includes('by Ana: Night shift')),
  );
  await adjustRule(world.services, {
    fields: new URLSearchParams({ do: 'unmute', rule: 'sla_breach' }),
    actor: ana,
    now: now(),
  });
  await until('it is over', async () => (await nets()).length === 0);
});

test.each([
  [{ do: 'threshold', rule: 'no_such_rule', threshold: '3' }, null],
  [{ do: 'threshold', rule: 'chatwoot_token', threshold: '3' }, null],
  [{ do: 'threshold', rule: 'chatwoot_down', threshold: 'many' }, 'threshold'],
  [{ do: 'mute', rule: 'chatwoot_down', minutes: '99999', reason: 'x' }, 'minutes'],
  [{ do: 'mute', rule: 'chatwoot_down', minutes: '60', reason: ' \0 ' }, 'reason'],
  [{ do: 'constructor', rule: 'chatwoot_down' }, null],
])('%o changes nothing and says what is wrong', async (fields, field) => {
  world = await createAlertWorld();
  await world.check({ outcome: 'ok' });
  expect(await adjust(fields)).toMatchObject({ outcome: 'problem', field, status: 400 });
  expect(await audited()).toEqual([]);
  expect(await world.query('SELECT FROM alert_thresholds UNION ALL SELECT FROM alert_mutes')).toEqual([]);
});
