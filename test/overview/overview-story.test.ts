import { afterAll, beforeAll, expect, test } from 'vitest';
import { replayDeadLetters } from '../../app/features/delivery/replays/start-replay.server.ts';
import type { Overview } from '../../app/features/overview/overview-view.ts';
import { decideNextStep } from '../../app/features/overview/decide-next-step.ts';
import { readOverviewFigures } from '../../app/features/overview/read-overview-figures.server.ts';
import { readOverview } from '../../app/features/overview/read-overview.server.ts';
import { startChatwoot, type Chatwoot } from '../../app/sandbox/chatwoot/chatwoot.ts';
import { until } from '../support/until.ts';
import { createWorld, type World } from '../support/world.ts';
import { QUIET_INTAKE } from './intake-status.ts';
import { person } from '../support/person.ts';

let world: World;
let chatwoot: Chatwoot;
let worker: Awaited<ReturnType<World['startWorker']>>;

beforeAll(async () => {
  chatwoot = await startChatwoot();
  world = await createWorld({
    BREAKER_COOLDOWN_MS: '400',
    BREAKER_COOLDOWN_MAX_MS: '400',
    HEALTH_CHECK_INTERVAL: '500ms',
    CHATWOOT_BASE_URL: chatwoot.url,
    CHATWOOT_ACCOUNT_ID: String(chatwoot.accountId),
    CHATWOOT_API_TOKEN: chatwoot.apiToken,
  });
});
afterAll(async () => {
  await world.close();
  await chatwoot.stop();
});

const look = () => readOverview(world.services, QUIET_INTAKE, { range: '1h', now: new Date() });
/** The next step as if Chatwoot's webhook were registered: nobody has connected this world. */
const stepOfDelivery = async () => {
  const figures = await readOverviewFigures(world.services, QUIET_INTAKE, new Date());
  return decideNextStep({ ...figures, outage: { ...figures.outage, arrival: null } });
};
const tile = (overview: Overview, id: string) => overview.tiles.find((candidate) => candidate.id === id)!;
/**
 * The page's figures are read by several statements at once, and a commit may fall between two of them: the page is
 * looked at once more after it has shown what was waited for.
 */
const seen = (what: string, check: (overview: Overview) => boolean) =>
  until(`the page shows ${what}`, async () => {
    const first = await look();
    if (!check(first)) throw new Error(JSON.stringify([first.verdict, first.ledger]));
    const again = await look();
    return check(again) ? again : null;
  });

/** One story on one database, each chapter starts where the last one ended. */
test('1. before anything happened the page is not green', async () => {
  const empty = await look();
  expect(empty.verdict).toMatchObject({ tone: 'warning', word: 'No worker' });
  expect(tile(empty, 'intake').tone).toBe('unknown');
  expect(tile(empty, 'agent').tone).toBe('unknown');
  expect(tile(empty, 'success')).toMatchObject({ tone: 'warning', figure: 'Paused' });
  expect(tile(empty, 'intake').trend.every(({ value }) => value === null || value === 0)).toBe(true);
  expect(empty.ledger).toEqual({
    received: 0,
    delivered: 0,
    pending: 0,
    held: 0,
    withheld: 0,
    dead: 0,
    discarded: 0,
    spooled: 0,
    quarantined: 0,
    reconciled: 0,
    balanced: true,
  });
  expect(empty.chart).toHaveLength(60);
  expect(empty.chart.every(({ successRatio, p50 }) => successRatio === null && p50 === null)).toBe(true);
  expect(empty.events).toEqual([]);

  worker = await world.startWorker();
  const ready = await seen('a worker', ({ warnings }) => !warnings.some(({ id }) => id === 'worker_missing'));
  // Nobody is named in the contacts that come with the app: said before an outage.
  expect(ready.warnings.map(({ id }) => id)).toEqual(['contact_gaps']);
  expect(ready.verdict).toMatchObject({ tone: 'unknown', word: 'Not proved yet' });
});

test('2. messages that arrive and are delivered leave those who wait for an answer', async () => {
  for (const message of [1, 2, 3]) await world.write({ conversation: message, message });
  const { verdict, ledger, chart, nextStep, ...rest } = await seen(
    'three delivered',
    (page) => page.ledger?.delivered === 3 && page.verdict.sentence.includes('3 customers wait'),
  );
  expect(verdict.sentence).toContain('3 customers wait for an answer, all past the target.');
  expect(verdict.sentence).toContain('3 webhooks delivered in the last 10 min, none held, none is lost.');
  expect(nextStep.sentence).toMatch(/^Answer customers/);
  expect(ledger).toMatchObject({ received: 3, delivered: 3, pending: 0, balanced: true });
  expect(chart.reduce((sum, point) => sum + point.delivered, 0)).toBe(3);
  expect(chart.at(-1)!.p95 ?? chart.at(-2)!.p95).toBeGreaterThan(0);
  expect(tile(rest as Overview, 'intake').figure).toBe('3 in 10 min');
  expect(tile(rest as Overview, 'success')).toMatchObject({ tone: 'good', figure: '100 %' });
});

test('3. while the Agent service is down it says who waits, and that nothing is lost', async () => {
  await world.agent.setMode('status', { status: 503 });
  for (let message = 10; message < 30; message++) await world.write({ conversation: message, message });
  const page = await seen('an outage', ({ incident, ledger }) => incident !== null && ledger?.held === 20);
  expect(page.verdict.tone).toBe('critical');
  expect(page.verdict.sentence).toMatch(
    /^The Agent service has answered with errors since \d\d:\d\d UTC\. People can still answer by hand; 20 messages for the Agent service are held safely; none is lost\. Nobody is on it yet, and nobody has been told\./,
  );
  expect(page.verdict.detail).toMatch(/503/);
  expect(page.verdict.word).toBe('Outage');
  expect(Date.parse(page.verdict.since!)).toBeLessThanOrEqual(Date.now());
  expect(page.nextStep.form).toMatchObject({
    action: `/api/incidents/${page.incident!.id}/acknowledge`,
    label: 'Take it',
  });
  expect(page.incident!.ladder.map(({ role, state }) => [role, state])).toEqual([['Support Lead', 'gap']]);
  expect(page.ledger).toMatchObject({ received: 23, delivered: 3, held: 20, dead: 0, balanced: true });
  expect(tile(page, 'backlog')).toMatchObject({ tone: 'warning', word: 'Held', figure: '20 held' });
  expect(tile(page, 'agent').details).toContain('Last failure: HTTP 503');
  expect(page.events[0]).toMatchObject({ tone: 'critical' });
});

test('4. when it answers again the backlog goes out by itself', async () => {
  await world.agent.setMode('ok');
  const page = await seen(
    'everything delivered',
    ({ ledger, verdict }) => ledger?.delivered === 23 && verdict.word === 'Answers again',
  );
  expect(page.events.map(({ text }) => text)).toContain('The Agent service answers again');
  // One good check is no recovery yet, and a person has still to say that it is over.
  expect(page.verdict.tone).toBe('warning');
  expect(page.verdict.sentence).toMatch(/^The Agent service has answered again for \d+ s\./);
  expect(tile(page, 'success').tone).toBe('critical');
});

test('5. dead letters need a person, who is told that they would only be rejected again', async () => {
  // What failed during the outage is 10 minutes old now.
  await world.services.db.pool.query(
    "UPDATE fact_rollups SET bucket = bucket - interval '20 minutes' WHERE resolution = 'minute'",
  );
  // Two refusals are no outage beside what was taken within the same minute, however slow the machine is.
  const before = (await look()).ledger!.delivered;
  for (let message = 61; message <= 80; message += 1) await world.write({ conversation: message, message });
  await seen('they were taken', ({ ledger }) => ledger?.delivered === before + 20);
  await world.agent.setMode('status', { status: 422 });
  for (const message of [41, 42]) await world.write({ conversation: message, message });
  const page = await seen(
    'two dead letters',
    ({ ledger, verdict }) => ledger?.dead === 2 && verdict.word === 'Dead letters',
  );
  expect(page.verdict.tone).toBe('warning');
  expect(page.verdict.sentence).toMatch(
    /^2 messages from \d customers? could not be delivered\. They are kept and need a person\./,
  );
  const step = await stepOfDelivery();
  expect(step.form).toBeUndefined();
  expect(step.sentence).toBe(
    'The Agent service still rejects messages: 2 in the last 10 min, none taken since. Repair it first, then replay 2 messages.',
  );
  expect(tile(page, 'dead_letters')).toMatchObject({ figure: '2 open', tone: 'warning' });
  expect(tile(page, 'dead_letters').details[0]).toBe('2 new in the last hour');
  expect(page.events[0]).toMatchObject({
    text: '2 messages could not be delivered (HTTP 422)',
    tone: 'warning',
  });
  expect(page.chart.reduce((sum, point) => sum + point.failed, 0)).toBe(2);
});

test('6. a message that is taken shows that the repair worked, and a careful replay is one button', async () => {
  await world.agent.setMode('ok');
  await world.write({ conversation: 43, message: 43 });
  await seen('it was taken', ({ ledger }) => ledger?.pending === 0 && ledger.delivered > 0);
  await world.services.db.pool.query(
    `UPDATE fact_rollups SET bucket = bucket - interval '1 minute'
     WHERE resolution = 'second' AND label = 'permanent' AND bucket > now() - interval '9 minutes'`,
  );
  expect((await stepOfDelivery()).form).toMatchObject({
    action: '/api/dead-letters/replay',
    label: 'Replay 2 messages',
    fields: { mode: 'careful' },
  });
});

test('7. a replay is followed, and its dead letters are no longer anybody’s worry', async () => {
  await worker.stop();
  await world.services.db.pool.query(
    `INSERT INTO processes (id, role, host, pid, started_at, last_seen)
     VALUES (gen_random_uuid(), 'worker', 'elsewhere', 1, now(), now() + interval '1 hour')`,
  );
  const started = await replayDeadLetters(world.services, {
    selection: { all: true },
    actor: person('Ada'),
    mode: 'normal',
    skipAnswered: false,
    now: new Date(),
  });
  expect(started.outcome).toBe('started');
  const page = await look();
  expect(page.replays).toMatchObject([{ state: 'running', total: 2, waiting: 2 }]);
  expect((await stepOfDelivery()).link?.to).toBe('/delivery#replays');
  expect(page.verdict.word).not.toMatch(/Dead letter/);
  expect(tile(page, 'dead_letters').details).toContain('2 in a replay');
  expect(page.events[0]).toMatchObject({
    text: `Replay ${page.replays[0]!.id} of 2 dead letters started by Ada`,
  });
});

test('8. a worker that went silent is missed', async () => {
  await world.services.db.pool.query("UPDATE processes SET last_seen = now() - interval '9 seconds'");
  const page = await look();
  expect(page.warnings.map(({ id }) => id)).toContain('worker_missing');
});

test('9. what another process has spooled is counted', async () => {
  await world.services.db.pool.query(
    `INSERT INTO processes (id, role, host, pid, started_at, last_seen, spooled, spooled_since)
     VALUES (gen_random_uuid(), 'all', 'elsewhere', 2, now(), now(), 5, now())`,
  );
  const page = await readOverview(
    world.services,
    { ...QUIET_INTAKE, spooled: 2, inUse: true },
    { range: '1h', now: new Date() },
  );
  expect(page.ledger?.spooled).toBe(7);
  expect(page.warnings.find(({ id }) => id === 'spool_in_use')?.sentence).toMatch(/^7 webhooks/);
});

test('10. a webhook that vanished is the first thing it says', async () => {
  await world.services.db.pool.query(
    "DELETE FROM deliveries WHERE seq = (SELECT min(seq) FROM deliveries WHERE state = 'dead')",
  );
  const page = await look();
  expect(page.ledger?.balanced).toBe(false);
  expect(page.verdict).toMatchObject({ tone: 'critical', word: 'Out of balance' });
  expect(page.verdict.sentence).toContain('1 may be lost');
  expect(page.nextStep.sentence).toContain('ops:status');
});
