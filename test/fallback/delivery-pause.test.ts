import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  pauseDeliveries,
  resumeDeliveries,
  readDeliveryGate,
} from '../../app/features/delivery/delivery-gate.server.ts';
import { claimDeliveries, claimProbe } from '../../app/features/delivery/claim-deliveries.server.ts';
import { readQueueFigures } from '../../app/features/delivery/read-queue.server.ts';
import { countLedger } from '../../app/features/facts/ledger.server.ts';
import { readOverviewFigures } from '../../app/features/overview/read-overview-figures.server.ts';
import { decideVerdict } from '../../app/features/overview/decide-verdict.ts';
import { decideNextStep } from '../../app/features/overview/decide-next-step.ts';
import { backlogTile } from '../../app/features/overview/tiles/delivery-tiles.ts';
import { inTransaction } from '../../app/lib/database/transaction.server.ts';
import { QUIET_INTAKE } from '../overview/intake-status.ts';
import { readLedger } from '../support/ledger.ts';
import { until } from '../support/until.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeEach(async () => (world = await createWorld()));
afterEach(() => world.close());

const pause = () =>
  inTransaction(world.services.db.pool, (client) =>
    pauseDeliveries(client, { by: 'Ada', reason: 'drafts are wrong', now: new Date() }),
  );
const resume = () => inTransaction(world.services.db.pool, (client) => resumeDeliveries(client, new Date()));

test('while paused webhooks are stored and held, nothing is sent, and the ledger says so', async () => {
  await world.startWorker();
  await world.write({ conversation: 1, message: 1 });
  await until('it is delivered', async () => (await world.states()).delivered === 1);
  await pause();
  for (let message = 10; message < 20; message += 1) await world.write({ conversation: message, message });
  const { pool } = world.services.db;
  const { unmatched: _, ...counted } = await countLedger(pool);
  expect(await readLedger(pool)).toEqual(counted);
  expect(counted).toMatchObject({
    received: 11,
    delivered: 1,
    pending: 0,
    held: 10,
    dead: 0,
    balanced: true,
  });
  expect((await readQueueFigures(pool)).states).toMatchObject({ pending: 0, held: 10 });
  // A gate that was read a moment before the pause claims nothing all the same, a probe neither.
  const owner = (await pool.query<{ id: string }>('SELECT id FROM processes')).rows[0]!.id;
  const claim = { owner, afterSeq: 0, throughSeq: 1e9, limit: 50, settleMs: 0, keys: [] };
  expect((await claimDeliveries(pool, claim)).deliveries).toEqual([]);
  await pool.query(`UPDATE breakers SET state = 'open', next_probe_at = now() - interval '1 second'`);
  expect((await claimProbe(pool, { owner, settleMs: 0, keys: [] })).deliveries).toEqual([]);
  await pool.query(`UPDATE breakers SET state = 'closed'`);
  expect(world.agent.records.acceptedCount()).toBe(1);
});

test('the page speaks of fallback, not of failing', async () => {
  await pause();
  await world.write({ conversation: 5, message: 1 });
  const now = new Date();
  const figures = { ...(await readOverviewFigures(world.services, QUIET_INTAKE, now)), workers: 1 };
  expect(figures.paused).toMatchObject({ by: 'Ada' });
  const verdict = decideVerdict(figures, now);
  expect(verdict).toMatchObject({ tone: 'warning', word: 'Fallback' });
  expect(verdict.sentence).toContain(
    '1 message for the Agent service is held safely until fallback mode is switched off; it is not lost.',
  );
  expect(decideNextStep(figures).link?.to).toBe('/fallback');
  expect(backlogTile(figures, now)).toMatchObject({ tone: 'info', figure: '1 held' });
});

test(
  'afterwards everything goes out, in order per conversation, with a ramp',
  { timeout: 120_000 },
  async () => {
    await pause();
    const sent: number[] = [];
    for (let message = 1; message <= 60; message += 1)
      sent.push(await world.write({ conversation: message % 7, message }));
    const { throughSeq, held } = await resume();
    expect({ throughSeq, held }).toEqual({ throughSeq: sent.at(-1), held: 60 });
    const gate = await readDeliveryGate(world.services.db.pool, world.services.processId);
    expect(gate).toMatchObject({ paused: false, backlogThrough: throughSeq });
    expect(gate.closedForMs).toBeGreaterThanOrEqual(0);
    await world.startWorker();
    await until('all are delivered', async () => (await world.states()).delivered === 60, 60_000);
    // At least once: on a machine that stands still for seconds one may be sent again.
    const arrived = [...new Set(world.agent.records.received.map((record) => record.messageId))];
    expect(arrived).toHaveLength(60);
    for (let conversation = 0; conversation < 7; conversation += 1) {
      const own = arrived.filter((message) => message !== null && message % 7 === conversation);
      expect(own).toEqual([...own].sort((a, b) => a! - b!));
    }
    expect((await countLedger(world.services.db.pool)).balanced).toBe(true);
  },
);
