import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { listFallbackRuns } from '../../app/features/fallback/read-fallback.server.ts';
import { person } from '../support/person.ts';
import { createFallbackWorld, type FallbackWorld } from './world.ts';

let world: FallbackWorld;
beforeEach(async () => {
  world = await createFallbackWorld({
    SLACK_WEBHOOK_URL: 'http://127.0.0.1:9/slack',
    APP_URL: 'http://outage.test',
    SUPPORT_FALLBACK_EMAIL: 'help@shop.test',
  });
});
afterEach(() => world.close());

const audit = async () =>
  (await world.services.db.prisma.auditEntry.findMany({ orderBy: { id: 'asc' } })).map(
    ({ action, actorName, reason }) => ({ action, actorName, reason }),
  );

describe('the switch', () => {
  test('on and off: state, run, audit and facts', async () => {
    expect(await world.state()).toMatchObject({ state: 'off', version: 1, since: null });
    expect(await world.toggle({ to: 'on' })).toMatchObject({ outcome: 'switched', state: 'on', version: 2 });
    expect(await world.state()).toMatchObject({ state: 'on', by: 'Ada', reason: 'AI drafts are wrong' });
    expect(await world.toggle({ to: 'off', reason: 'fixed' })).toMatchObject({
      outcome: 'switched',
      version: 3,
    });
    expect(await world.state()).toMatchObject({ state: 'off', by: 'Ada', reason: null });
    expect(await audit()).toEqual([
      { action: 'fallback.on', actorName: 'Ada', reason: 'AI drafts are wrong' },
      { action: 'fallback.off', actorName: 'Ada', reason: 'fixed' },
    ]);
    const facts = await world.services.db.prisma.dashboardFact.findMany({ orderBy: { id: 'asc' } });
    expect(facts.map(({ factType }) => factType)).toEqual(['support.fallback.on', 'support.fallback.off']);
  });

  test('a reason is asked for', async () => {
    expect(await world.toggle({ to: 'on', reason: '  ' })).toEqual({ outcome: 'reason_missing' });
    expect((await world.state()).state).toBe('off');
  });

  test.each([2, 5])('%i people at once: one wins, the others are told who', async (n) => {
    const names = Array.from({ length: n }, (_, i) => `Person ${i}`);
    const outcomes = await Promise.all(
      names.map((name) => world.toggle({ to: 'on', actor: person(name), version: 1 })),
    );
    const winners = outcomes.filter(({ outcome }) => outcome === 'switched');
    expect(winners).toHaveLength(1);
    const winner = names[outcomes.indexOf(winners[0]!)];
    for (const outcome of outcomes)
      if (outcome !== winners[0])
        expect(outcome).toMatchObject({ outcome: 'not_switched', state: 'on', by: winner, version: 2 });
    expect(await world.services.db.prisma.fallbackRun.count()).toBe(1);
    expect(await audit()).toHaveLength(1);
  });

  test('a page that was rendered before a change switches nothing', async () => {
    await world.toggle({ to: 'on' });
    await world.toggle({ to: 'off' });
    expect(await world.toggle({ to: 'on', version: 1 })).toMatchObject({
      outcome: 'not_switched',
      state: 'off',
      version: 3,
    });
    expect((await world.state()).state).toBe('off');
  });

  test('off is refused while the checklist is open, unless overridden with a reason that is kept', async () => {
    await world.toggle({ to: 'on' });
    const restoreGate = () => Promise.resolve({ open: true, items: ['Agent health check passes'] });
    expect(await world.toggle({ to: 'off', restoreGate })).toEqual({
      outcome: 'checklist_open',
      items: ['Agent health check passes'],
    });
    expect(await world.toggle({ to: 'off', restoreGate, overrideReason: ' ' })).toMatchObject({
      outcome: 'checklist_open',
    });
    expect((await world.state()).state).toBe('on');
    expect(await world.toggle({ to: 'off', restoreGate, overrideReason: 'customers wait' })).toMatchObject({
      outcome: 'switched',
    });
    const [run] = await listFallbackRuns(world.services);
    expect(run).toMatchObject({ overrideReason: 'customers wait', openItems: ['Agent health check passes'] });
  });

  test('open incidents tell of it', async () => {
    const { pool } = world.services.db;
    await pool.query(
      `INSERT INTO incidents (cause, title, severity, started_at, opened_at, opened_by) VALUES ('delivery', 'x', 'P1', now(), now(), 'rule')`,
    );
    await world.toggle({ to: 'on' });
    const { rows } = await pool.query<{ text: string; source: string; actor: string }>(
      'SELECT text, source, actor FROM incident_timeline',
    );
    expect(rows).toEqual([
      { text: 'Fallback mode on: AI drafts are wrong. 0 deliveries held', source: 'fallback', actor: 'Ada' },
    ]);
  });
});
