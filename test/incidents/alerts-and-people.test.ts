import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { acknowledge, changeSeverity, reopen } from '../../app/features/incidents/act-on-incident.server.ts';
import { merge } from '../../app/features/incidents/merge-incidents.server.ts';
import { openIncident } from '../../app/features/incidents/open-incident.server.ts';
import { readIncident } from '../../app/features/incidents/read-incident.server.ts';
import { resolve } from '../../app/features/incidents/resolve-incident.server.ts';
import { person } from '../support/person.ts';
import { createStory, type Story } from './story-world.ts';

let story: Story;
beforeEach(async () => {
  story = await createStory();
});
afterEach(() => story.close());

const ADA = person('Ada');
const down = () => story.chatwoot.setMode('status', { status: 503 });
const up = () => story.chatwoot.setMode('ok');
const request = () => ({ incidentId: 1, actor: ADA, now: story.now() });
const incident = async (id = 1) => (await readIncident(story.services, id, story.now()))!;
const incidents = () =>
  story.query<{ id: number; cause: string; status: string }>(
    'SELECT id, cause, status FROM incidents ORDER BY id',
  );
/** What was told over Slack: all that concerns everybody. */
const slack = () =>
  story
    .arrived()
    .filter((line) => line.includes(' slack: '))
    .map((line) => line.replace(/slack: \S+ \[/, '['));

describe('flapping', () => {
  test('single failures open nothing', async () => {
    for (let n = 0; n < 6; n += 1) {
      await (n % 2 === 0 ? down() : up());
      await story.runTo(n / 2);
    }
    expect(await incidents()).toEqual([]);
    expect(story.arrived()).toEqual([]);
  });

  test('an outage with good checks in between is one incident, told once, and over only when it is', async () => {
    await down();
    await story.runTo(0.5);
    for (let n = 0; n < 12; n += 1) {
      // Two good checks, one bad one.
      await (n % 3 === 2 ? down() : up());
      await story.runTo(1 + n / 2);
    }
    expect(await incidents()).toEqual([{ id: 1, cause: 'chatwoot', status: 'open' }]);
    expect(await incident()).toMatchObject({ recoveredAt: null, stillFiring: true });
    expect(slack()).toEqual(['0.5 [P0] Incident 1 opened: Chatwoot does not answer']);
    await up();
    await story.runTo(8);
    expect(await incident()).toMatchObject({ stillFiring: false });
    expect(slack()).toEqual(['8 [P0] Incident 1 recovered: Chatwoot does not answer']);
    // It fails again before somebody resolved it: the same incident goes on.
    await down();
    await story.runTo(14);
    expect(await incidents()).toHaveLength(1);
    expect(await incident()).toMatchObject({ recoveredAt: null, stillFiring: true });
    expect(slack()).toEqual([
      expect.stringMatching(/^\d+(\.5)? \[P0\] Incident 1 reopened: Chatwoot does not answer$/),
    ]);
  }, 180_000);
});

test('our own network is gone: nobody is told that Chatwoot is down', async () => {
  await story.runTo(0);
  await story.chatwoot.setMode('down');
  await story.agent.setMode('down');
  await story.stubs.email.setMode('down');
  await story.runTo(3);
  expect((await incidents()).map(({ cause }) => cause)).toEqual(['network']);
  expect(slack()).toEqual([
    expect.stringContaining('[P1] Incident 1 opened: This app cannot reach anything'),
  ]);
  expect(await incident()).toMatchObject({ severity: 'P1', title: 'This app cannot reach anything' });
}, 180_000);

describe('resolving', () => {
  beforeEach(async () => {
    await down();
    await story.runTo(1);
    story.arrived();
  });

  test('is blocked while the rule fires, unless overridden with a reason that stays on record', async () => {
    const wanted = { ...request(), resolution: 'Restarted it.' };
    expect(await resolve(story.services, wanted)).toEqual({
      outcome: 'still_firing',
      rules: ['chatwoot_down'],
    });
    expect(await resolve(story.services, { ...wanted, overrideReason: '  ' })).toMatchObject({
      outcome: 'still_firing',
    });
    expect(await resolve(story.services, { ...wanted, resolution: ' ', overrideReason: 'x' })).toEqual({
      outcome: 'text_missing',
    });
    expect(await incident()).toMatchObject({ status: 'open' });
    const overrideReason = 'Planned work, announced.';
    expect(await resolve(story.services, { ...wanted, overrideReason })).toEqual({ outcome: 'resolved' });
    expect(await incident()).toMatchObject({ status: 'resolved', overrideReason, resolvedBy: 'Ada' });
    const [line] = await story.query<{ text: string; actor: string }>(
      "SELECT text, actor FROM incident_timeline WHERE kind = 'resolved'",
    );
    expect(line).toEqual({
      text: 'Resolved after an outage of 1 min, although chatwoot_down still fires (Planned work, announced.): Restarted it.',
      actor: 'Ada',
    });
    const [audit] = await story.query<{ reason: string }>(
      "SELECT reason FROM audit_log WHERE action = 'incidents.resolved'",
    );
    expect(audit).toEqual({ reason: overrideReason });

    // The rule goes on firing and opens nothing; only when it clears and fires again there is a new incident.
    await story.runTo(5);
    expect(await incidents()).toHaveLength(1);
    await up();
    await story.runTo(7);
    expect(slack()).toEqual(['1 [P0] Incident 1 resolved: Chatwoot does not answer']);
    await down();
    await story.runTo(13);
    expect(await incidents()).toEqual([
      { id: 1, cause: 'chatwoot', status: 'resolved' },
      { id: 2, cause: 'chatwoot', status: 'open' },
    ]);
  }, 180_000);

  test('is blocked while the recovery is not proved, unless overridden', async () => {
    await up();
    await story.runTo(3);
    const wanted = {
      ...request(),
      resolution: 'Restarted it.',
      unproved: () => Promise.resolve('Green for 2 of 15 min.'),
    };
    expect(await resolve(story.services, wanted)).toEqual({
      outcome: 'not_verified',
      why: 'Green for 2 of 15 min.',
    });
    expect(await resolve(story.services, { ...wanted, overrideReason: 'Nobody writes at night.' })).toEqual({
      outcome: 'resolved',
    });
    expect(await incident()).toMatchObject({ overrideReason: 'Nobody writes at night.' });
  });

  test('of what was seen by somebody else meanwhile changes nothing', async () => {
    const { version } = await incident();
    await acknowledge(story.services, request());
    expect(
      await resolve(story.services, { ...request(), version, resolution: 'x', overrideReason: 'x' }),
    ).toEqual({
      outcome: 'changed_meanwhile',
    });
  });

  test('can be taken back; the ladder goes on where it was', async () => {
    await resolve(story.services, { ...request(), resolution: 'x', overrideReason: 'A mistake.' });
    expect(await reopen(story.services, { ...request(), reason: ' ' })).toEqual({ outcome: 'text_missing' });
    story.sleepTo(9);
    expect(await reopen(story.services, { ...request(), reason: 'It is not over.' })).toEqual({
      outcome: 'reopened',
    });
    expect(await reopen(story.services, { ...request(), reason: 'Again.' })).toEqual({
      outcome: 'wrong_state',
      status: 'open',
    });
    await story.runTo(10);
    const mails = story.arrived().filter((line) => line.includes('escalated'));
    expect(mails.map((line) => line.replace(/: .*/, ''))).toEqual(
      ['ceo', 'lead', 'manager'].map((who) => `10 email to ${who}@example.com`),
    );
    expect(await incident()).toMatchObject({ status: 'open', overrideReason: null, resolution: null });
  }, 180_000);

  test('is not taken back while another incident of the cause is open', async () => {
    await resolve(story.services, { ...request(), resolution: 'x', overrideReason: 'A mistake.' });
    const opened = await openIncident(story.services, {
      title: 'Chatwoot is slow',
      severity: 'P2',
      reason: 'Customers say so.',
      cause: 'chatwoot',
      actor: ADA,
      now: story.now(),
    });
    expect(opened).toEqual({ outcome: 'opened', incidentId: 2 });
    expect(await reopen(story.services, { ...request(), reason: 'It is not over.' })).toEqual({
      outcome: 'other_open',
      incidentId: 2,
    });
  });
});

test('a worse alert raises an incident that was opened by hand, and joins it', async () => {
  await story.runTo(0);
  const about = {
    title: 'Chatwoot is slow',
    reason: 'Customers say so.',
    cause: 'chatwoot' as const,
    actor: ADA,
  };
  await openIncident(story.services, { ...about, severity: 'P2', now: story.now() });
  expect(await openIncident(story.services, { ...about, severity: 'P0', now: story.now() })).toEqual({
    outcome: 'already_open',
    incidentId: 1,
  });
  await down();
  await story.runTo(1);
  expect(await incidents()).toHaveLength(1);
  expect(await incident()).toMatchObject({
    severity: 'P0',
    title: 'Chatwoot does not answer',
    stillFiring: true,
  });
  expect(story.arrived().filter((line) => line.includes('pagerduty'))).toEqual([
    expect.stringContaining('trigger incident-1, warning [P2] Incident 1 opened: Chatwoot is slow'),
    '1 pagerduty: trigger incident-1, critical [P0] Incident 1 raised: Chatwoot does not answer',
  ]);
  // Lowered with a reason, it stays so: the same alert does not raise it again.
  await changeSeverity(story.services, { ...request(), severity: 'P1', reason: 'Only the widget.' });
  await story.runTo(3);
  expect(await incident()).toMatchObject({ severity: 'P1' });
}, 180_000);

test('merged: alerts, timeline and ladder go on in the other one, and its own thread ends', async () => {
  await story.runTo(0);
  await openIncident(story.services, {
    title: 'Customers cannot write',
    severity: 'P2',
    reason: 'Three called.',
    actor: ADA,
    now: story.now(),
  });
  await down();
  await story.runTo(1);
  expect((await incidents()).map(({ cause }) => cause)).toEqual(['manual:1', 'chatwoot']);
  story.arrived();
  const two = { ...request(), incidentId: 2 };
  expect(await merge(story.services, { ...two, into: 2 })).toEqual({ outcome: 'same_incident' });
  expect(await merge(story.services, { ...two, into: 9 })).toEqual({ outcome: 'not_found' });
  expect(await merge(story.services, { ...two, into: 1 })).toEqual({ outcome: 'merged', into: 1 });
  expect(await merge(story.services, { ...two, into: 1 })).toEqual({
    outcome: 'wrong_state',
    status: 'merged',
  });
  const one = await incident();
  expect(one).toMatchObject({ severity: 'P0', status: 'open', stillFiring: true });
  expect(one.alerts.map(({ rule }) => rule)).toEqual(['chatwoot_down']);
  expect(one.timeline.map(({ text }) => text)).toEqual(
    expect.arrayContaining([
      expect.stringContaining('Check of Chatwoot failed'),
      'Incident 2 (Chatwoot does not answer) was merged into this one.',
    ]),
  );
  await story.runTo(2);
  expect(story.arrived()).toContain('1 pagerduty: resolve incident-2 incident-2');
  // Whoever was told before is not told again; the same cause opens no other one, and its recovery is this one's.
  await story.runTo(6);
  expect(story.arrived().filter((line) => line.includes('escalated'))).toEqual([]);
  expect(await incidents()).toHaveLength(2);
  await up();
  await story.runTo(8);
  expect(await incident()).toMatchObject({ stillFiring: false, recoveredAt: expect.any(String) as string });
  expect(slack()).toEqual([expect.stringContaining('Incident 1 recovered')]);
  // What fails again goes on where it was merged into.
  await down();
  await story.runTo(15);
  expect(await incidents()).toHaveLength(2);
  expect(await incident()).toMatchObject({ stillFiring: true, recoveredAt: null });
}, 180_000);
