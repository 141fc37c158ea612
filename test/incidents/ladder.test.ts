import { afterEach, expect, test } from 'vitest';
import { acknowledge } from '../../app/features/incidents/act-on-incident.server.ts';
import { readIncident } from '../../app/features/incidents/read-incident.server.ts';
import { resolve } from '../../app/features/incidents/resolve-incident.server.ts';
import { person } from '../support/person.ts';
import { createStory, type Story } from './story-world.ts';

/** Chatwoot fails from the first check on; the second, 30 s later, makes it an outage. Minutes count from the first. */
let story: Story;
afterEach(() => story.close());

const ONE = '[P0] Incident 1';
const WHAT = 'Chatwoot does not answer';
const said = (what: string) => `${ONE} ${what}: ${WHAT}`;

const OPENED = [
  `0.5 email to manager@example.com: ${said('escalated')}`,
  `0.5 email to support-team@example.com: ${said('opened')}`,
  `0.5 pagerduty: trigger incident-1, critical ${said('opened')}`,
  `0.5 slack: 🔴 ${said('opened')}`,
  '0.5 webhook: outage.opened',
];

const everywhere = (minute: number, what: string, mark: string, ...people: string[]) => [
  ...['support-team', ...people].sort().map((who) => `${minute} email to ${who}@example.com: ${said(what)}`),
  `${minute} slack: ${mark} ${said(what)}`,
  `${minute} webhook: outage.${what}`,
];

async function outage(env: Record<string, string> = {}, processes = 1): Promise<void> {
  story = await createStory(env, { processes });
  await story.chatwoot.setMode('status', { status: 503 });
}

test('two failures: who is told what at which minute, to the recovery and the resolve', async () => {
  await outage();
  await story.runTo(0);
  expect(story.arrived()).toEqual([]);
  await story.runTo(9.5);
  expect(story.arrived()).toEqual(OPENED);
  await story.runTo(35);
  expect(story.arrived()).toEqual([
    `10 email to ceo@example.com: ${said('escalated')}`,
    `10 email to lead@example.com: ${said('escalated')}`,
    `10 email to manager@example.com: ${said('escalated')}`,
    `15 email to ceo@example.com: ${said('escalated')}`,
    `30 email to infra@example.com: ${said('escalated')}`,
  ]);
  const { raw } = story.stubs.email.received.at(-1)!.body;
  expect(raw.replaceAll(/=\r\n/g, '')).toContain(
    'It has been down for 30 min. Nobody has acknowledged it yet. You are told as Infrastructure (Chatwoot server down: infrastructure after 30 min).',
  );

  await story.chatwoot.setMode('ok');
  await story.runTo(40);
  // Three good checks in a row, one every 30 s.
  expect(story.arrived()).toEqual(everywhere(36.5, 'recovered', '🟢', 'manager', 'lead', 'ceo', 'infra'));
  expect(
    await resolve(story.services, {
      incidentId: 1,
      resolution: 'Redis was full; it has more memory now.',
      actor: person('Lea'),
      now: story.now(),
    }),
  ).toEqual({ outcome: 'resolved' });
  await story.runTo(41);
  expect(story.arrived()).toEqual([
    ...['ceo', 'infra', 'lead', 'manager', 'support-team'].map(
      (who) => `40 email to ${who}@example.com: ${said('resolved')}`,
    ),
    '40 pagerduty: resolve incident-1 incident-1',
    `40 slack: 🟢 ${said('resolved')}`,
    '40 webhook: outage.resolved',
  ]);
  expect(story.stubs.slack.problems.concat(story.stubs.pagerduty.problems)).toEqual([]);

  const incident = (await readIncident(story.services, 1, story.now()))!;
  expect(incident.ladder.map(({ role, state, toldAt }) => [role, state, toldAt?.slice(14, 19)])).toEqual([
    ['Engineering Manager', 'told', '00:30'],
    ['Support Lead', 'told', '10:00'],
    ['Engineering Manager', 'told', '10:00'],
    ['CEO', 'told', '10:00'],
    ['CEO', 'told', '15:00'],
    ['Infrastructure', 'told', '30:00'],
  ]);
  expect(
    incident.timeline
      .filter(({ source }) => source === 'probe')
      .map(({ count, text }) => [count, text.slice(0, 24)]),
  ).toEqual([
    [71, 'Check of Chatwoot failed'],
    [3, 'Check of Chatwoot passed'],
  ]);
}, 180_000);

test('acknowledged in the middle: no responder is called any more, executives still are; who was told hears of it', async () => {
  await outage();
  await story.runTo(5);
  expect(story.arrived()).toEqual(OPENED);
  expect(
    await acknowledge(story.services, { incidentId: 1, actor: person('Max'), now: story.now() }),
  ).toEqual({ outcome: 'acknowledged' });
  expect(
    await acknowledge(story.services, { incidentId: 1, actor: person('Lea'), now: story.now() }),
  ).toEqual({ outcome: 'already_acknowledged', by: 'Max' });
  await story.runTo(31);
  expect(story.arrived()).toEqual([
    `5 email to manager@example.com: ${said('acknowledged')}`,
    `5 email to support-team@example.com: ${said('acknowledged')}`,
    '5 pagerduty: acknowledge incident-1 incident-1',
    `5 slack: 🔴 ${said('acknowledged')}`,
    '5 webhook: outage.acknowledged',
    `10 email to ceo@example.com: ${said('escalated')}`,
    `15 email to ceo@example.com: ${said('escalated')}`,
  ]);
  const incident = (await readIncident(story.services, 1, story.now()))!;
  expect(incident.ladder.map(({ role, state }) => [role, state])).toEqual([
    ['Engineering Manager', 'told'],
    ['Support Lead', 'stopped'],
    ['Engineering Manager', 'stopped'],
    ['CEO', 'told'],
    ['CEO', 'told'],
    ['Infrastructure', 'stopped'],
  ]);
}, 180_000);

test('nothing ran from minute 2 to 32: what was missed is told late, once, and nothing is told again', async () => {
  await outage();
  await story.runTo(2);
  expect(story.arrived()).toEqual(OPENED);
  story.sleepTo(32);
  await story.runTo(40);
  expect(story.arrived()).toEqual([
    ...['ceo', 'ceo', 'infra', 'lead', 'manager'].map(
      (who) => `32 email to ${who}@example.com: ${said('escalated')}`,
    ),
  ]);
  const late = await story.query<{ text: string }>(
    "SELECT text FROM incident_timeline WHERE source = 'escalation' ORDER BY id",
  );
  expect(late.map(({ text }) => /, (\d+ min) late/.exec(text)?.[1])).toEqual([
    undefined,
    '22 min',
    '22 min',
    '22 min',
    '17 min',
    '2 min',
  ]);
  expect(
    await story.query(
      "SELECT value->>'problem' AS problem FROM dashboard_facts WHERE fact_type = 'support.incident.self_check'",
    ),
  ).toEqual([{ problem: 'missed' }]);
}, 180_000);

test('a recovery while nothing ran is told all the same', async () => {
  await outage();
  await story.runTo(2);
  expect(story.arrived()).toEqual(OPENED);
  await story.chatwoot.setMode('ok');
  story.sleepTo(300);
  await story.runTo(305);
  const told = story.arrived();
  // Three good checks in a row are needed; meanwhile the ladder does not know yet.
  expect(told.filter((line) => line.includes('recovered'))).toEqual(
    everywhere(301, 'recovered', '🟢', 'manager', 'lead', 'ceo', 'infra'),
  );
}, 180_000);

test('two processes at once: one incident, and each message once', async () => {
  await outage({}, 2);
  await story.runTo(12);
  expect(story.arrived().sort()).toEqual(
    [
      ...OPENED,
      `10 email to manager@example.com: ${said('escalated')}`,
      `10 email to lead@example.com: ${said('escalated')}`,
      `10 email to ceo@example.com: ${said('escalated')}`,
    ].sort(),
  );
  expect(await story.query('SELECT id FROM incidents')).toEqual([{ id: 1 }]);
  expect(
    await story.query("SELECT count(*)::int AS n FROM probe_results WHERE probe = 'chatwoot.live'"),
  ).toEqual([{ n: 25 }]);
}, 180_000);

test('Slack is down for an hour: everybody else is told in time, and Slack in order afterwards', async () => {
  await outage();
  await story.stubs.slack.setMode('down');
  await story.runTo(35);
  await acknowledge(story.services, { incidentId: 1, actor: person('Max'), now: story.now() });
  await story.chatwoot.setMode('ok');
  await story.runTo(60);
  const told = story.arrived();
  expect(told.filter((line) => line.includes('slack'))).toEqual([]);
  expect(told.filter((line) => line.includes('support-team'))).toEqual([
    `0.5 email to support-team@example.com: ${said('opened')}`,
    `35 email to support-team@example.com: ${said('acknowledged')}`,
    `36.5 email to support-team@example.com: ${said('recovered')}`,
  ]);
  await story.stubs.slack.setMode('ok');
  await story.runTo(70);
  const slack = story.arrived();
  expect(slack.map((line) => line.replace(/^[\d.]+ /, ''))).toEqual([
    `slack: 🔴 ${said('opened')}`,
    // The acknowledgement travels with it.
    `slack: 🟢 ${said('recovered')}`,
  ]);
  expect(JSON.stringify(story.stubs.slack.received[1]!.body)).toContain('acknowledged. Max is on it');
}, 180_000);
