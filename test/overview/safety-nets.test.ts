import { afterEach, beforeEach, expect, test } from 'vitest';
import { readOverview } from '../../app/features/overview/read-overview.server.ts';
import { tickReconciliation } from '../../app/features/arrival/comparison/tick-reconciliation.server.ts';
import { recordSetAside } from '../../app/features/facts/set-aside.server.ts';
import { startHeartbeat } from '../../app/worker/heartbeat.server.ts';
import { startBackgroundLoop, startPeriodicLoop } from '../../app/worker/background-loop.server.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { until } from '../support/until.ts';
import { decideNextStep } from '../../app/features/overview/decide-next-step.ts';
import { decideVerdict } from '../../app/features/overview/decide-verdict.ts';
import { figuresWith, NOW } from './figures.ts';
import { QUIET_INTAKE } from './intake-status.ts';

let services: TestServices;
beforeEach(async () => {
  services = await createTestServices();
});
afterEach(() => services.close());

const sql = (text: string, values: unknown[] = []) => services.db.pool.query(text, values);

/** The sentences below the verdict about nets that fail. */
async function nets(): Promise<string[]> {
  const overview = await readOverview(services, QUIET_INTAKE, {
    range: '1h',
    now: new Date(),
  });
  return overview.warnings.filter(({ id }) => id.startsWith('safety-net:')).map(({ sentence }) => sentence);
}

const process_ = (troubles: object[]) =>
  sql(
    `INSERT INTO processes (id, role, host, pid, started_at, last_seen, troubles)
     VALUES (gen_random_uuid(), 'worker', 'elsewhere', 1, now() - interval '1 hour', now(), $1)`,
    [JSON.stringify(troubles)],
  );

test('nothing fails: no net is told of', async () => {
  expect(await nets()).toEqual([]);
});

test('a loop that fails round after round is told of after a minute, with its cause', async () => {
  await process_([{ name: 'backlog', forMs: 59_000, cause: 'young' }]);
  expect(await nets()).toEqual([]);
  await process_([{ name: 'backlog', forMs: 61_000, cause: 'canceling statement due to lock timeout' }]);
  expect(await nets()).toEqual([
    'The list of who waits does not follow the webhooks: it has failed for 1 min (canceling statement due to lock timeout).',
  ]);
  await sql("UPDATE processes SET last_seen = now() - interval '1 minute'");
  expect(await nets()).toEqual([]);
});

test.each(['periodic', 'background'])(
  'a %s loop tells what fails in it with the heartbeat, and no longer once it works',
  async (kind) => {
    let fails = true;
    const job = () => (fails ? Promise.reject(new Error('row "Mara Lind" is odd')) : Promise.resolve(false));
    const options = { name: 'backlog', everyMs: 20, db: services.db, log: services.log };
    const loop = kind === 'periodic' ? startPeriodicLoop(options, job) : startBackgroundLoop(options, job);
    const heartbeat = startHeartbeat(
      services,
      () => undefined,
      () => {
        const trouble = loop.trouble();
        return trouble ? [{ name: 'backlog', ...trouble }] : [];
      },
    );
    const told = async () =>
      (await sql('SELECT troubles FROM processes WHERE id = $1', [services.processId])).rows[0] as
        { troubles: { name: string; forMs: number; cause: string }[] } | undefined;
    await until('it is told', async () => (await told())?.troubles.length === 1);
    const [first] = (await told())!.troubles;
    expect(first).toMatchObject({ name: 'backlog', cause: 'row … is odd' });
    await until('it lasts longer', async () => ((await told())?.troubles[0]?.forMs ?? 0) > first!.forMs);
    fails = false;
    await until('it is over', async () => (await told())?.troubles.length === 0);
    await Promise.all([loop.stop(), heartbeat.stop()]);
  },
);

test('webhooks that the list of who waits has not read for a minute are told of', async () => {
  await sql(
    `INSERT INTO webhook_events (event_id, dedupe_key, source, event, conversation_key, headers, body, via, received_at)
     VALUES (gen_random_uuid(), '\\x01', 'webhook', 'message_created', '2:1', '{}', '{}', 'direct', now() - interval '3 minutes')`,
  );
  expect(await nets()).toEqual(['The list of who waits is 3 min behind the webhooks that arrived.']);
});

test('a comparison that has failed for ten minutes is told of, and one that failed once is not', async () => {
  const failed = (minutes: number) =>
    sql(
      `INSERT INTO reconciliations (since, until, cause, state, started_at, finished_at, detail)
       VALUES (now(), now(), 'clock', 'failed', now() - make_interval(mins => $1), now(), 'no answer in time')`,
      [minutes],
    );
  await failed(3);
  expect(await nets()).toEqual([]);
  await failed(11);
  expect(await nets()).toEqual([
    'Chatwoot could not be compared with what arrived for 11 min (no answer in time): messages may be missing.',
  ]);
});

test('a comparison that is tried again and again has failed since its first try', async () => {
  const chatwoot = await createTestServices({
    DATABASE_URL: services.databaseUrl,
    AGENT_SDK_URL: 'http://127.0.0.1:9',
    CHATWOOT_BASE_URL: 'http://127.0.0.1:9',
    CHATWOOT_ACCOUNT_ID: '2',
    CHATWOOT_API_TOKEN: 'token',
  });
  await sql(
    `INSERT INTO chatwoot_connection (chatwoot_url, account, endpoint, connected_at) VALUES ('http://127.0.0.1:9', '2', 'x', now() - interval '1 hour')`,
  );
  const at = (minutes: number) => () => new Date(Date.now() + (minutes - 12) * 60_000);
  for (let minute = 0; minute <= 12; minute += 2) while (await tickReconciliation(chatwoot, at(minute)));
  expect(await nets()).toEqual([
    expect.stringMatching(
      /^Chatwoot could not be compared with what arrived for 12 min \(Chatwoot cannot be reached: .*\): messages may be missing\.$/,
    ),
  ]);
  await chatwoot.close();
});

test('a message to the team that was not accepted, a canary that failed and a row that was left out are told of', async () => {
  await sql(
    `INSERT INTO notifications (dedupe_key, kind, channel, thread, message, state, due_at, created_at)
     VALUES ('a', 'warning', '{}', 't', '{}', 'failed', now(), now() - interval '5 minutes')`,
  );
  await sql(
    `INSERT INTO canary_runs (started_at, started_by, state, outcome, problem, step, step_started_at, due_at, source_id)
     VALUES (now() - interval '20 minutes', 'Ines', 'done', 'failed', 'No webhook came within 30 s.', 'webhook', now(), now(), gen_random_uuid())`,
  );
  await recordSetAside(services.db.pool, [
    {
      purpose: 'the list of who waits',
      name: 'event 7 (message_created)',
      cause: 'out of range (SQLSTATE 22003)',
    },
  ]);
  expect(await nets()).toEqual([
    'The last canary did not get through, 20 min ago: No webhook came within 30 s.',
    '1 message to the team was not accepted within the last hour.',
    'Left out of the list of who waits: event 7 (message_created) (out of range (SQLSTATE 22003)). Everything else went on.',
  ]);
});

test('with a net that fails the page is not calm, and the next step is its cure', () => {
  const figures = figuresWith({
    safetyNets: [
      { id: 'a', sentence: 'Alerts are not judged.', cure: 'Restart the worker.' },
      { id: 'b', sentence: 'B.', cure: 'C.' },
    ],
  });
  expect(decideVerdict(figures, NOW)).toMatchObject({
    tone: 'warning',
    sentence: 'Alerts are not judged. 1 more thing is listed below.',
  });
  expect(decideNextStep(figures)).toEqual({ sentence: 'Restart the worker.' });
});

test('messages that were found missing are part of the verdict for an hour', () => {
  expect(
    decideVerdict(figuresWith({ foundMissing: { messages: 47, at: new Date('2026-09-22T05:20:00Z') } }), NOW),
  ).toMatchObject({
    tone: 'info',
    word: 'Found missing',
    sentence:
      '47 messages of Chatwoot had not arrived. They were found at 05:20 UTC and handed on to the Agent service.',
  });
});
