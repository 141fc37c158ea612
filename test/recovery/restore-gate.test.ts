import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readRestoreGate } from '../../app/features/recovery/restore/read-restore-gate.server.ts';
import { judgeRestore, type RestoreInput } from '../../app/features/recovery/restore/restore-gate.ts';
import { createTestServices, type TestServices } from '../support/services.ts';

const NOW = new Date('2026-11-23T06:00:00Z');
const ago = (seconds: number) => new Date(NOW.getTime() - seconds * 1000);

/** Everything done, ten minutes ago at most, of an outage that began an hour ago. */
const complete = (): RestoreInput => ({
  since: ago(3600),
  probes: [
    { probe: 'chatwoot.live', component: 'chatwoot', at: ago(60), ok: true, detail: '200', latencyMs: 41 },
    { probe: 'chatwoot.auth', component: 'chatwoot', at: ago(60), ok: true, detail: '200', latencyMs: 52 },
    { probe: 'agent.health', component: 'agent', at: ago(60), ok: true, detail: '200', latencyMs: 12 },
  ],
  canary: {
    id: 7,
    startedBy: 'Ada',
    outcome: 'passed',
    startedAt: ago(300),
    finishedAt: ago(240),
    problem: null,
    webhook: { at: ago(290), durationMs: 400, evidence: 'It arrived.' },
  },
  marks: [
    { item: 'sla', done: true, at: ago(100), by: 'Ada', note: null },
    { item: 'team', done: true, at: ago(100), by: 'Ada', note: 'Told in the stand-up.' },
  ],
  teamTold: null,
});

const open = (input: RestoreInput) =>
  judgeRestore(input, NOW)
    .items.filter(({ done }) => !done)
    .map(({ key }) => key);

test('the checklist has the seven items of the runbook, and closes when each is done', () => {
  const gate = judgeRestore(complete(), NOW);
  expect(gate.items.map(({ key }) => key)).toEqual([
    ...['chatwoot', 'api', 'webhook', 'agent', 'conversation', 'sla', 'team'],
  ]);
  expect(gate.open).toBe(false);
  expect(gate.items.find(({ key }) => key === 'conversation')).toMatchObject({
    by: 'Ada',
    durationMs: 60_000,
  });
});

test('with nothing on record every item is open', () => {
  const gate = judgeRestore({ since: null, probes: [], canary: null, marks: [], teamTold: null }, NOW);
  expect(gate.open).toBe(true);
  expect(gate.items.every(({ done }) => !done)).toBe(true);
});

describe('evidence ages', () => {
  test.each([
    ['15 min old', 900, []],
    ['a second older', 901, ['chatwoot', 'api', 'agent']],
  ])('probes %s', (_name, seconds, expected) => {
    const input = complete();
    input.probes = input.probes.map((probe) => ({ ...probe, at: ago(seconds) }));
    expect(open(input)).toEqual(expected);
  });

  test.each([
    ['at the moment the outage began', 120, []],
    ['a second before', 121, ['chatwoot', 'api', 'agent', 'sla', 'team']],
  ])('a green %s', (_name, seconds, expected) => {
    const input = complete();
    input.since = ago(120);
    input.canary = {
      ...input.canary!,
      finishedAt: ago(60),
      webhook: { ...input.canary!.webhook!, at: ago(60) },
    };
    input.probes = input.probes.map((probe) => ({ ...probe, at: ago(seconds) }));
    input.marks = input.marks.map((mark) => ({ ...mark, at: ago(seconds) }));
    expect(open(input)).toEqual(expected);
  });

  test('a tick lasts as long as the outage, and 15 min without one', () => {
    const input = complete();
    input.marks = input.marks.map((mark) => ({ ...mark, at: ago(3000) }));
    expect(open(input)).toEqual([]);
    expect(open({ ...input, since: null })).toEqual(['sla', 'team']);
  });
});

test('a failed probe is open however fresh, and says what was answered', () => {
  const input = complete();
  input.probes = [{ ...input.probes[0]!, ok: false, detail: '/health: 503' }, ...input.probes.slice(1)];
  expect(open(input)).toEqual(['chatwoot']);
  expect(judgeRestore(input, NOW).items[0]!.evidence).toBe('/health: 503');
});

test('a failed canary whose webhook arrived proves the webhook and no more', () => {
  const input = complete();
  input.canary = { ...input.canary!, outcome: 'failed', problem: 'No draft came.' };
  expect(open(input)).toEqual(['conversation']);
  input.canary = { ...input.canary, webhook: null };
  expect(open(input)).toEqual(['webhook', 'conversation']);
});

test('an approval that took its time does not age the webhook that the canary saw', () => {
  const input = complete();
  input.canary = {
    ...input.canary!,
    startedAt: ago(1500),
    webhook: { ...input.canary!.webhook!, at: ago(1490) },
  };
  expect(open(input)).toEqual([]);
  expect(open({ ...input, canary: { ...input.canary, outcome: 'failed' } })).toEqual([
    'webhook',
    'conversation',
  ]);
});

test('a tick can be withdrawn', () => {
  const input = complete();
  input.marks = [input.marks[0]!, { ...input.marks[1]!, done: false }];
  expect(open(input)).toEqual(['team']);
});

test('the team counts as told when a message was accepted after the outage began', () => {
  const input = { ...complete(), marks: complete().marks.slice(0, 1) };
  expect(open({ ...input, teamTold: { at: ago(30), evidence: 'Accepted.' } })).toEqual([]);
  expect(open({ ...input, teamTold: { at: ago(4000), evidence: 'Accepted.' } })).toEqual(['team']);
});

describe('read from the record', () => {
  let services: TestServices;
  beforeAll(async () => {
    services = await createTestServices();
  });
  afterAll(() => services.close());

  test('an empty record leaves everything open', async () => {
    expect(await readRestoreGate(services, NOW)).toMatchObject({ open: true });
  });

  test('probes, canary and ticks close it; an incident that begins later opens it again', async () => {
    const { pool } = services.db;
    await pool.query(
      `INSERT INTO probe_results (tick, probe, component, at, outcome, status, target, latency_ms)
       SELECT tick, probe, component, at, outcome, 200, '/health', 12
       FROM (VALUES (1, 'chatwoot.live', 'chatwoot', $1::timestamptz, 'failed'), (2, 'chatwoot.live', 'chatwoot', $2, 'ok'),
             (2, 'chatwoot.auth', 'chatwoot', $2, 'ok'), (2, 'agent.health', 'agent', $2, 'ok'))
         AS v (tick, probe, component, at, outcome)`,
      [ago(400), ago(100)],
    );
    await pool.query(
      `WITH run AS (
         INSERT INTO canary_runs (started_at, started_by, state, outcome, step, step_started_at, due_at, source_id, finished_at)
         VALUES ($1, 'Ada', 'done', 'passed', 'reply', $1, $1, 'x', $2) RETURNING id)
       INSERT INTO canary_steps (run_id, step, ok, started_at, finished_at, by, evidence)
       SELECT id, 'webhook', true, $1, $1::timestamptz + interval '400 ms', 'Outage Center', 'It arrived.' FROM run`,
      [ago(90), ago(60)],
    );
    await pool.query(
      `INSERT INTO gate_marks (gate, item, done, at, by)
       VALUES ('restore', 'sla', false, $1, 'Ada'), ('restore', 'sla', true, $1, 'Ada'), ('restore', 'team', true, $1, 'Ada')`,
      [ago(50)],
    );
    const gate = await readRestoreGate(services, NOW);
    expect(gate.items.filter(({ done }) => !done)).toEqual([]);
    expect(gate.open).toBe(false);
    expect(gate.items[2]).toMatchObject({ key: 'webhook', durationMs: 400, evidence: 'It arrived.' });

    await pool.query(
      `INSERT INTO incidents (cause, title, severity, started_at, opened_at, opened_by)
       VALUES ('chatwoot', 'Chatwoot down', 'P0', $1, $1, 'system')`,
      [ago(30)],
    );
    expect((await readRestoreGate(services, NOW)).items.every(({ done }) => !done)).toBe(true);
  });
});
