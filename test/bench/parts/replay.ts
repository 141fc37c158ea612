import { replayDeadLetters } from '../../../app/features/delivery/replays/start-replay.server.ts';
import { until } from '../../support/until.ts';
import { startApp } from '../app-process.ts';
import { withCleanup } from '../cleanup.ts';
import { startBenchServer } from '../database.ts';
import type { PartResult } from '../findings.ts';
import { startHelper } from '../helper-process.ts';
import { prepareEvents } from '../prepare-events.ts';
import type { StubCounts } from '../processes/agent-stub.ts';
import { openServices } from '../services.ts';
import { person } from '../../support/person.ts';

/** Replays all dead letters without a rate; the clock runs from the click until the replay says that it is done. */
export function benchReplay({ quick }: { quick: boolean }): Promise<PartResult> {
  const count = quick ? 2000 : 10_000;
  return withCleanup(async (later) => {
    const server = await startBenchServer();
    later(server.stop);
    const stub = await startHelper('agent-stub');
    later(stub.stop);
    const services = await openServices(server);
    later(services.close);
    const app = await startApp(server, { role: 'worker', agentUrl: await stub.call<string>('url') });
    later(app.stop);
    await prepareEvents(server.pool, { count, conversations: count / 5, state: 'dead' });
    await server.settle();

    const startedAt = performance.now();
    const replay = await replayDeadLetters(services, {
      selection: { all: true },
      actor: person('bench'),
      mode: 'normal',
      ratePerSecond: null,
      skipAnswered: false,
      now: new Date(),
    });
    const clickMs = performance.now() - startedAt;
    await until(
      'the replay is done',
      async () => (await server.pool.query("SELECT 1 FROM replays WHERE state = 'done'")).rowCount,
      120_000,
    );
    const allMs = performance.now() - startedAt;
    const { requests, outOfOrder } = await stub.call<StubCounts>('counts');
    const delivered = await server.pool.query<{ n: number }>(
      "SELECT count(*) AS n FROM replay_items WHERE outcome = 'delivered'",
    );
    const part = 'replay';
    const total = count.toLocaleString('en-US');
    return {
      findings: [
        { part, what: `${total} dead letters, until the last is delivered`, value: allMs / 1000, unit: 's' },
        { part, what: 'the click alone', value: clickMs, unit: 'ms' },
        { part, what: 'not delivered', value: count - delivered.rows[0]!.n, unit: '', bound: { atMost: 0 } },
        { part, what: 'sent more than once', value: requests - count, unit: '', bound: { atMost: 0 } },
        { part, what: 'out of order', value: outOfOrder, unit: '', bound: { atMost: 0 } },
      ],
      raw: { deadLetters: count, clickMs, allMs, replay },
    };
  });
}
