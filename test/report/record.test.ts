import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { reportHtml, reportMarkdown } from '../../app/features/report/report-formats.ts';
import { readReport } from '../../app/features/report/read-report.server.ts';
import { WRITTEN } from '../lib/odd-texts.ts';
import { at, createReportWorld, HOSTILE, prove } from './report-world.ts';

let world: Awaited<ReturnType<typeof createReportWorld>>;
const zone = process.env.TZ;
beforeEach(async () => {
  world = await createReportWorld();
});
afterEach(async () => {
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
  await world.services.close();
});

const read = async (withCustomers = true) =>
  (await readReport(world.services, { incidentId: world.incidentId, withCustomers, now: at(120) }))!;

/** A customer who waited too long, in conversation 42, and one who did not. */
async function insertCustomers(name = 'Cara'): Promise<void> {
  await world.pool.query('UPDATE backlog_projection SET caught_up_at = $1', [at(120)]);
  for (const [id, customer, answered] of [
    [42, name, at(50)],
    [43, 'Dan', at(12)],
  ] as const) {
    await world.pool.query(
      `INSERT INTO conversations (key, account, conversation_id, status, chatwoot_updated_at, customer_name, seen_at)
       VALUES ($1, '1', $2, 'open', 1, $3, $4)`,
      [`1:${id}`, id, customer, at(10)],
    );
    await world.pool.query(
      'INSERT INTO waits (key, snapshot_since, since, due_at, answered_at) VALUES ($1, $2, $2, $3, $4)',
      [`1:${id}`, at(10), at(40), answered],
    );
  }
}

describe('what the record says', () => {
  test('times, detection, steps and overrides', async () => {
    const report = await read();
    expect(report.times).toMatchObject({
      startedAt: at(0).toISOString(),
      detectedAt: at(0.5).toISOString(),
      recoveredAt: at(40).toISOString(),
      impactMs: 40 * 60_000,
    });
    expect(report.detection).toMatchObject({ method: 'By the app: alert chatwoot_down', delayMs: 30_000 });
    expect(report.dueAt).toBe(at(40 + 24 * 60).toISOString());
    expect(report.steps.map(({ text }) => text)).toEqual(['Restarted Redis']);
    expect(report.overrides).toEqual([
      expect.objectContaining({ by: 'Lea', reason: 'Nobody writes at night.' }),
    ]);
    const text = reportMarkdown(report);
    expect(text).toContain('- **Duration of impact:** 40 min');
    expect(text).toContain('- **Time to detect:** 30 s');
    expect(text).toContain(
      '| 2026-09-22 05:00:00 UTC to 2026-09-22 05:39:30 UTC, 80 times | probe | – | Check of Chatwoot failed |',
    );
  });

  test('of one that was opened by hand the start was not measured', async () => {
    await world.pool.query("UPDATE incidents SET opened_by = 'Ada'");
    const report = await read();
    expect(report.detection).toMatchObject({ method: 'By a person: Ada', delayMs: null });
    expect(reportMarkdown(report)).toContain('- **Time to detect:** not measured');
  });

  test('unknown is not 0: no projection, no ledger, no comparison', async () => {
    const report = await read();
    expect(report.impact).toMatchObject({ breaches: null, answeredInTime: null });
    expect(report.messages).toMatchObject({ lost: null, recovered: null, ledger: null });
    const text = reportMarkdown(report);
    for (const name of ['SLA breaches', 'Answered in time', 'Messages lost', 'Recovered from Chatwoot'])
      expect(text).toContain(`- **${name}:** not measured`);
    expect(text).toContain('Figures over time were not measured');
  });

  test('0 lost is said when the ledger balances after the end and Chatwoot was compared, and only then', async () => {
    await prove(world.services);
    expect((await read()).messages).toMatchObject({ lost: 0, recovered: 0, ledger: { balanced: true } });
    expect(reportMarkdown(await read())).toContain('- **Messages lost:** 0');
    await world.pool.query('UPDATE reconciliations SET since = $1', [at(5)]);
    expect((await read()).messages).toMatchObject({ lost: null, recovered: null });
    await world.pool.query(
      `INSERT INTO reconciliations (since, until, cause, state, started_at, finished_at) VALUES ($1, $2, 'clock', 'done', $2, $2)`,
      [at(-10), at(6)],
    );
    expect((await read()).messages).toMatchObject({ lost: 0, recovered: 0 });
  });

  test('a ledger that does not balance, or was counted before the end, proves nothing', async () => {
    await prove(world.services, false);
    expect((await read()).messages.lost).toBeNull();
    await world.pool.query(`UPDATE incidents SET recovered_at = $1`, [at(44)]);
    expect((await read()).messages.proof).toContain('does not balance');
  });

  test('affected conversations, breaches, and charts of what was measured', async () => {
    await insertCustomers();
    // Late as well, and of no conversation.
    await world.pool.query(
      `INSERT INTO dashboard_facts (fact_type, scope, value, metadata, recorded_at)
       VALUES ('support.webhook.retry', 'support', '{"success": true, "durationMs": 600000}', '{"conversation": "1:contact:9"}', $1)`,
      [at(30)],
    );
    await world.pool.query(
      `INSERT INTO waiting_samples (minute, waiting, breached) SELECT $1::timestamptz + n * interval '1 minute', n, 0 FROM generate_series(0, 40) n`,
      [at(0)],
    );
    const report = await read();
    const byHand = { tickets: 0, breaches: 0 };
    expect(report.impact).toEqual({ conversations: 2, breaches: 1, byHand, answeredInTime: 0.5 });
    expect(report.affected.listed.map(({ key, breached, customer }) => [key, breached, customer])).toEqual([
      ['1:42', true, 'Cara'],
      ['1:43', false, 'Dan'],
    ]);
    expect(report.charts.map(({ title }) => title)).toEqual(['Customers waiting for an answer']);
    expect(reportHtml(report)).toContain('<svg');
    expect(reportMarkdown(report)).toContain('| 2026-09-22 05:40:00 UTC | 40 | 0 |');
  });

  test('tickets kept by hand that ran over their time are breaches; one that went on in Chatwoot is counted there', async () => {
    await world.pool.query(
      `INSERT INTO manual_tickets (customer, issue, status, received_at, first_response_at, merged_conversation, created_at, created_by)
       VALUES ('a', 'x', 'answered', $1, $2, NULL, $1, 'Ada'), ('b', 'x', 'open', $1, NULL, NULL, $1, 'Ada'),
         ('c', 'x', 'open', $1, NULL, 77, $1, 'Ada'), ('d', 'x', 'answered', $1, $3, 78, $1, 'Ada'), ('e', 'x', 'answered', $1, NULL, NULL, $1, 'Ada')`,
      [at(1), at(11), at(39)],
    );
    const unknown = await read();
    expect(unknown.impact).toMatchObject({ breaches: null, byHand: { tickets: 3, breaches: 2 } });
    expect(reportMarkdown(unknown)).toContain(
      '- **SLA breaches:** 2 in tickets kept by hand; of conversations not measured',
    );
    await insertCustomers();
    const report = await read();
    expect(report.impact).toMatchObject({ breaches: 3, answeredInTime: 0.4 });
    expect(reportMarkdown(report)).toContain('- **Tickets kept by hand:** 3');
    expect(reportMarkdown(report)).toContain('- **SLA breaches:** 3, 2 of them in tickets kept by hand');
  });

  test('customers are named only to those who may read texts', async () => {
    await insertCustomers();
    for (const format of [reportHtml, reportMarkdown, JSON.stringify]) {
      expect(format(await read(true))).toContain('Cara');
      expect(format(await read(false))).not.toContain('Cara');
    }
  });
});

test('what a customer is called is text in every format', async () => {
  await insertCustomers(HOSTILE);
  const report = await read();
  const html = reportHtml(report);
  expect(html).not.toContain('<script');
  expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt; **bold**');
  const row = reportMarkdown(report)
    .split('\n')
    .find((line) => line.startsWith('| \\#42'));
  expect(row).toBe(
    '| \\#42 | &lt;script&gt;alert(1)&lt;/script&gt; \\*\\*bold\\*\\* \\[x\\](http:&#47;/evil.example) \\| &#64;all | not answered in time |',
  );
  expect((JSON.parse(JSON.stringify(report)) as typeof report).affected.listed[0]!.customer).toBe(HOSTILE);
});

test('a name stands in the report as it is written', async () => {
  const name = Object.values(WRITTEN).join(', ');
  await insertCustomers(name);
  const report = await read();
  expect(reportMarkdown(report)).toContain(`| ${name} |`);
  expect(reportHtml(report)).toContain(name);
});

test('every time is UTC, wherever the app runs', async () => {
  await prove(world.services);
  await insertCustomers();
  await world.pool.query(
    `INSERT INTO preventive_actions (incident_id, kind, action, owner, due_on, created_at, created_by, changed_at, changed_by)
     VALUES ($1, 'runbook', 'Write it down', 'Ada', '2026-10-01', now(), 'Ada', now(), 'Ada')`,
    [world.incidentId],
  );
  const texts = [];
  for (const tz of ['UTC', 'Pacific/Kiritimati', 'America/St_Johns']) {
    process.env.TZ = tz;
    texts.push(reportMarkdown(await read()), reportHtml(await read()));
  }
  expect(new Date('2026-09-22T05:00:00Z').getHours()).not.toBe(5);
  expect(new Set(texts).size).toBe(2);
  expect(texts[0]).toContain('| runbook | Write it down | Ada | 2026-10-01 | open |');
});
