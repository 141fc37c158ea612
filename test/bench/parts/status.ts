import { startApp } from '../app-process.ts';
import { withCleanup } from '../cleanup.ts';
import { startBenchServer } from '../database.ts';
import type { PartResult } from '../findings.ts';
import { startHelper } from '../helper-process.ts';
import { byTurns, median, medianRatio } from '../measures.ts';
import { until } from '../../support/until.ts';

/** Requests a second from one process. */
const RATE = 2000;
const CONNECTIONS = 32;

/** The public status page from one process, beside a bare server of node:http that answers with as many bytes. */
export function benchStatus({ quick }: { quick: boolean }): Promise<PartResult> {
  const rounds = quick ? 2 : 7;
  const count = quick ? 4000 : 20_000;
  return withCleanup(async (later) => {
    const server = await startBenchServer();
    later(server.stop);
    const [load, yardstick] = await Promise.all([startHelper('page-load'), startHelper('page-load')]);
    later(load.stop);
    later(yardstick.stop);
    const app = await startApp(server, {
      role: 'web',
      agentUrl: 'http://127.0.0.1:9',
      env: { STATUS_PAGE: 'on' },
    });
    later(app.stop);
    const page = `${app.url}/status`;
    const bytes = await until('the page is there', async () => {
      const answer = await fetch(page);
      return answer.ok ? (await answer.arrayBuffer()).byteLength : 0;
    });
    const bare = await yardstick.call<string>('serve', { bytes });
    let other = 0;
    const rate = async (url: string) => {
      const result = await load.call<{ ms: number; other: number }>('run', {
        url,
        count,
        connections: CONNECTIONS,
      });
      other += result.other;
      return (count / result.ms) * 1000;
    };
    for (const url of [page, bare]) await rate(url);
    const transactions = async () => {
      const { rows } = await server.pool.query<{ n: number }>(
        'SELECT sum(xact_commit + xact_rollback)::float AS n FROM pg_stat_database',
      );
      return rows[0]!.n;
    };
    const before = await transactions();
    const figures = await byTurns(rounds, { page: () => rate(page), bare: () => rate(bare) });
    const asked = ((await transactions()) - before) / ((rounds * count) / 1000);
    const part = 'status';
    return {
      findings: [
        {
          part,
          what: 'public status page',
          value: median(figures.page),
          unit: '/s',
          bound: { atLeast: RATE },
        },
        { part, what: 'bare server, as many bytes', value: median(figures.bare), unit: '/s' },
        { part, what: 'page ÷ bare server', value: medianRatio(figures.page, figures.bare), unit: '×' },
        { part, what: 'transactions per 1,000 requests', value: asked, unit: '', bound: { atMost: 10 } },
        { part, what: 'bytes of the page', value: bytes, unit: '', bound: { atMost: 30_000 } },
        { part, what: 'answers that were no 200', value: other, unit: '', bound: { atMost: 0 } },
      ],
      raw: { figures, bytes },
    };
  });
}
