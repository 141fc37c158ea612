import { afterEach, beforeEach, expect, test } from 'vitest';
import { spanOfImpact } from '../../app/features/recovery/impact.ts';
import { listAffected, readImpact } from '../../app/features/recovery/read-impact.server.ts';
import { markItem } from '../../app/features/recovery/gate-marks.server.ts';
import { readRecoveryGate } from '../../app/features/recovery/read-recovery-gate.server.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { ADA } from '../canary/canary-world.ts';

const NOW = new Date('2026-11-23T06:00:00Z');
const ago = (minutes: number) => new Date(NOW.getTime() - minutes * 60_000);

let services: TestServices;
let incident: number;
const query = (sql: string, values: unknown[] = []) => services.db.pool.query(sql, values);

beforeEach(async () => {
  services = await createTestServices();
  const { rows } = await services.db.pool.query<{ id: number }>(
    `INSERT INTO incidents (cause, title, severity, started_at, opened_at, opened_by, recovered_at)
     VALUES ('chatwoot', 'Chatwoot does not answer', 'P0', $1, $2, 'alert chatwoot_down', $3) RETURNING id`,
    [ago(60), ago(59), ago(30)],
  );
  incident = rows[0]!.id;
  await query(
    `INSERT INTO health_components (name, label, state, since, checked_at, target) VALUES
       ('chatwoot', 'Chatwoot', 'up', $1, $1, 'x'), ('agent', 'Agent service', 'up', $1, $1, 'x')`,
    [NOW],
  );
});
afterEach(() => services.close());

const check = (tick: number, minutes: number, failed = false) =>
  query(
    `INSERT INTO probe_results (tick, probe, component, at, outcome, target)
     VALUES ($1, 'agent', 'agent', $2, 'ok', 'x'), ($1, 'chatwoot.live', 'chatwoot', $2, $3, 'x')`,
    [tick, ago(minutes), failed ? 'failed' : 'ok'],
  );

const retry = (minutes: number, success: boolean, conversation: string, seconds = 1) =>
  query(
    `INSERT INTO dashboard_facts (fact_type, scope, value, metadata, recorded_at)
     VALUES ('support.webhook.retry', 'support', jsonb_build_object('attempts', 1, 'success', $2::boolean, 'durationMs', $4::int),
       jsonb_build_object('conversation', $3::text), $1)`,
    [ago(minutes), success, conversation, seconds * 1000],
  );

async function prove() {
  await check(1, 60, true);
  await check(2, 35, true);
  for (const [tick, minutes] of [30, 25, 20, 15, 10, 5, 0].entries()) await check(tick + 3, minutes);
  await retry(10, true, '2:1');
  await query(
    `INSERT INTO canary_runs (started_at, started_by, state, outcome, step, step_started_at, due_at, source_id, finished_at, conversation_key)
     VALUES ($1, 'Ada', 'done', 'passed', 'reply', $1, $1, 'x', $2, '2:999')`,
    [ago(12), ago(11)],
  );
  await query('UPDATE backlog_projection SET caught_up_at = $1', [NOW]);
  const marked = await markItem(services, {
    gate: 'recovery',
    incidentId: incident,
    item: 'sla',
    done: true,
    note: 'Two late answers.',
    actor: ADA,
    now: ago(9),
  });
  expect(marked.outcome).toBe('marked');
}

const gate = async () => (await readRecoveryGate(services, incident, NOW))!;

test('an incident whose recovery is proved passes; one red check takes it back', async () => {
  await prove();
  expect(await gate()).toMatchObject({ passed: true, open: [], lacking: null });
  await query(`UPDATE probe_results SET outcome = 'failed' WHERE tick = 9 AND probe = 'agent'`);
  const failing = await gate();
  expect(failing.passed).toBe(false);
  expect(failing.items[0]!.evidence).toBe(
    'agent failed at 06:00:00 UTC. The minutes count from the next green check.',
  );
  expect(failing.lacking).toContain('All health checks green for 15 min: agent failed');
});

test('results of what is no longer watched do not count', async () => {
  await prove();
  await query(
    `INSERT INTO probe_results (tick, probe, component, at, outcome, target) VALUES (9, 'target:old', 'target:old', $1, 'failed', 'x')`,
    [NOW],
  );
  expect((await gate()).passed).toBe(true);
});

test('a dead letter, an undelivered event, a customer who waits: each is open with its numbers', async () => {
  await prove();
  await query(
    `INSERT INTO dashboard_facts (fact_type, scope, value, recorded_at) VALUES ('support.webhook.dead_letter', 'support', '{}', $1)`,
    [ago(3)],
  );
  await query(
    `INSERT INTO deliveries (seq, event_id, conversation_key, event, due_at, received_at, run_started_at)
     VALUES (1, gen_random_uuid(), '2:7', 'message_created', $1, $1, $1)`,
    [ago(40)],
  );
  await query(
    `INSERT INTO conversations (key, account, conversation_id, status, chatwoot_updated_at, waiting_since, due_at, seen_at)
     VALUES ('2:7', '2', 7, 'open', 1, $1, $2, $1)`,
    [ago(40), ago(10)],
  );
  const judged = await gate();
  expect(judged.open).toEqual(['No new dead letters', 'Backlog cleared']);
  expect(judged.items[4]!.evidence).toBe(
    '1 event from before the recovery not delivered; 1 customer waits since before the recovery; 1 of those who wait is past the target.',
  );
  await query('UPDATE backlog_projection SET caught_up_at = $1', [ago(10)]);
  expect((await gate()).items[4]!.evidence).toMatch(/not known who waits/);
});

test('an alert about deliveries counts from when it cleared', async () => {
  await prove();
  await query(
    `INSERT INTO incident_alerts (incident_id, rule, severity, fired_at, cleared_at, words, numbers)
     VALUES ($1, 'success_rate', 'P1', $2, $3, 'x', '{}'), ($1, 'chatwoot_down', 'P0', $2, $4, 'x', '{}')`,
    [incident, ago(60), ago(14), ago(5)],
  );
  expect((await gate()).items[0]).toMatchObject({ done: false, progress: { done: 10, of: 15 } });
  await query(`UPDATE incident_alerts SET cleared_at = NULL WHERE rule = 'chatwoot_down'`);
  expect((await gate()).items[0]!.evidence).toBe(
    'Not recovered: an alert has not cleared yet. The incident’s page says what it saw.',
  );
});

test('in a drill the minutes are divided by its speed', async () => {
  await prove();
  const { rows } = await services.db.pool.query<{ id: number }>(
    `INSERT INTO drills (scenario, speed, notify, started_at, started_by) VALUES ('chatwoot_down', 10, 'simulated', $1, 'Ada') RETURNING id`,
    [ago(60)],
  );
  await query('UPDATE incidents SET drill_id = $2 WHERE id = $1', [incident, rows[0]!.id]);
  // Ten times as fast, five minutes between two checks are a gap of fifty.
  expect((await gate()).items[0]!.done).toBe(false);
  await query('DELETE FROM probe_results WHERE tick > 3');
  for (const [index, minutes] of [1.5, 1, 0.5, 0].entries()) await check(20 + index, minutes);
  expect((await gate()).items[0]).toMatchObject({ done: true, progress: { done: 1.5, of: 1.5 } });
});

test('only what people tick can be ticked, each by name and on record', async () => {
  const mark = (item: string, incidentId = incident, gate: 'restore' | 'recovery' = 'recovery') =>
    markItem(services, { gate, incidentId, item, done: true, note: null, actor: ADA, now: NOW });
  expect(await mark('green')).toEqual({ outcome: 'unknown_item' });
  expect(await mark('constructor')).toEqual({ outcome: 'unknown_item' });
  expect(await mark('sla', 99_999)).toEqual({ outcome: 'unknown_incident' });
  expect(await mark('team', incident, 'restore')).toEqual({ outcome: 'marked' });
  expect(await mark('status_page')).toEqual({ outcome: 'marked' });
  const audit = await services.db.prisma.auditEntry.findMany({ orderBy: { id: 'asc' } });
  expect(audit.map(({ action, target }) => [action, target])).toEqual([
    ['gates.tick', 'restore checklist: team'],
    ['gates.tick', `incident ${incident}: status_page`],
  ]);
  const { stakeholders } = await gate();
  expect(stakeholders.map(({ key, done, by }) => [key, done, by])).toEqual([
    ['management', false, null],
    ['status_page', true, 'Ada'],
    ['summary', false, null],
    ['customers', false, null],
  ]);
});

test('management counts as told once messages to both were accepted', async () => {
  const tell = (role: string) =>
    query(
      `INSERT INTO notifications (dedupe_key, incident_id, kind, contact_id, channel, thread, message, state, due_at, created_at, finished_at)
       SELECT role, $2, 'resolved', id, '{}', 'x', '{}', 'accepted', $3, $3, $3 FROM contacts WHERE role = $1`,
      [role, incident, NOW],
    );
  await tell('CEO');
  expect((await gate()).stakeholders[0]!.done).toBe(false);
  await tell('Engineering Manager');
  expect((await gate()).stakeholders[0]).toMatchObject({ done: true, by: 'Outage Center' });
});

test('the impact is counted from the record: late, dead, fetched and waiting conversations, each once, the canary never', async () => {
  await prove();
  await retry(40, true, '2:1', 300);
  await retry(40, false, '2:2');
  await retry(40, true, '2:3');
  await retry(40, true, '2:999', 300);
  await retry(90, true, '2:4', 300);
  await query(
    `INSERT INTO waits (key, snapshot_since, since, due_at, answered_at)
     VALUES ('2:1', $1, $1, $2, $3), ('2:5', $1, $1, $4, NULL), ('2:6', $5, $5, $5, $5)`,
    [ago(50), ago(20), ago(25), ago(15), ago(100)],
  );
  await query(`INSERT INTO reconciliations (since, until, cause, started_at) VALUES ($1, $1, 'clock', $1)`, [
    NOW,
  ]);
  await query(
    `INSERT INTO reconciled_messages (account, message_id, seq, conversation_key, created_at, recovered_at, reconciliation_id)
     SELECT '2', 1, 1, '2:8', $1, $1, id FROM reconciliations`,
    [ago(45)],
  );
  const span = spanOfImpact({ startedAt: ago(60), recoveredAt: ago(30), resolvedAt: null, lulls: [] }, NOW);
  expect(await readImpact(services, span)).toMatchObject({
    conversations: 4,
    breaches: 1,
    reconciled: 1,
  });
  const affected = await listAffected(services.db.pool, { ...span, limit: 10 });
  expect(affected).toEqual([
    { key: '2:5', late: false, dead: false, reconciled: false, waited: true, breached: true },
    { key: '2:2', late: true, dead: true, reconciled: false, waited: false, breached: false },
    { key: '2:1', late: true, dead: false, reconciled: false, waited: true, breached: false },
    { key: '2:8', late: false, dead: false, reconciled: true, waited: false, breached: false },
  ]);
  const { stakeholders } = await gate();
  expect(stakeholders[0]!.draft).toContain(
    '4 conversations affected, 1 customer not answered within the target.',
  );
  expect(stakeholders[1]!.draft).toContain('from 2026-11-23 05:00:00 UTC to 05:30:00 UTC (30 min)');
});

test('drafts say that no message was lost only when somebody compared, and nothing is held, dead or discarded', async () => {
  await prove();
  const kept = async () => (await gate()).stakeholders.map(({ draft }) => draft);
  expect((await kept())[2]).toContain('has not been compared with Chatwoot yet');
  expect((await kept())[3]).not.toContain('your message has reached us');
  await query(
    `INSERT INTO reconciliations (since, until, cause, state, started_at) VALUES ($1, $2, 'recovery', 'done', $2)`,
    [ago(61), ago(29)],
  );
  expect((await kept())[2]).toContain('Messages: No message was lost.');
  expect((await kept())[1]).toContain('Messages sent in that time have reached us.');
  expect((await kept())[3]).toContain('your message has reached us');
  await query(
    `INSERT INTO deliveries (seq, event_id, conversation_key, event, due_at, received_at, run_started_at, state, finished_at, dead_fact_id, discarded_by, discard_reason)
     VALUES (1, gen_random_uuid(), '2:7', 'message_created', $1, $1, $1, 'pending', NULL, NULL, NULL, NULL),
       (2, gen_random_uuid(), '2:7', 'message_created', $1, $1, $1, 'dead', $1, 5, NULL, NULL),
       (3, gen_random_uuid(), '2:7', 'message_created', $1, $1, $1, 'discarded', $1, NULL, 'Ada', 'spam')`,
    [ago(40)],
  );
  const [management, statusPage, , customers] = await kept();
  expect(management).toContain('2 webhooks of that time have not reached the Agent service yet');
  expect(management).toContain('1 webhook of that time was discarded by a person');
  for (const draft of [management, statusPage, customers])
    expect(draft).not.toMatch(/No message was lost|have reached us|has reached us/);
  expect((await gate()).items[4]!.evidence).toContain('1 dead letter neither replayed nor discarded');
});

test('there is no gate of an incident that does not exist', async () => {
  expect(await readRecoveryGate(services, 4711, NOW)).toBeNull();
});
