import pg from 'pg';
import { signInAs } from '../../support/sign-in.ts';
import { startApp, type AppProcess } from '../app-process.ts';
import { withCleanup } from '../cleanup.ts';
import { startBenchServer } from '../database.ts';
import type { PartResult } from '../findings.ts';
import { quantile } from '../measures.ts';
import { seedHistory } from '../seed.ts';

const P95_MS = 50;
/** From the small history to the large one. */
const GROWTH = 1.2;
/** Open at the moment of an outage; the same at both sizes, because it is history that must not cost. */
const OPEN = { pending: 500, dead: 500 };

/** What Remix asks for when the page refreshes itself: the loader of the page, and nothing of its view. */
const LOADER = '/?_data=routes%2F_index';

/**
 * The page's loader over HTTP, by turns on an app with a short and on one with a long history, one request at a time:
 * overview, tiles, charts and the list of dead letters.
 */
export function benchPage({ quick }: { quick: boolean }): Promise<PartResult> {
  const requests = quick ? 100 : 400;
  const sizes = {
    small: { facts: 10_000, deliveries: 10_000 },
    large: quick ? { facts: 100_000, deliveries: 100_000 } : { facts: 10_000_000, deliveries: 2_000_000 },
  };
  return withCleanup(async (later) => {
    const open = async (history: { facts: number; deliveries: number }) => {
      const server = await startBenchServer();
      later(server.stop);
      // The app's own connections allow no statement that takes as long as this.
      const patient = new pg.Pool({
        connectionString: server.url,
        max: 1,
        options: '-c statement_timeout=0',
      });
      await seedHistory(patient, { ...history, ...OPEN }).finally(() => patient.end());
      await server.settle();
      const app = await startApp(server, { role: 'web', agentUrl: 'http://127.0.0.1:9' });
      later(app.stop);
      return { app, cookie: await signInAs(app.url, server.url, 'viewer') };
    };
    const small = await open(sizes.small);
    const large = await open(sizes.large);
    const findings: PartResult['findings'] = [];
    const raw: Record<string, unknown> = {};
    for (const range of ['1h', '24h', '7d']) {
      const ms = { small: [] as number[], large: [] as number[] };
      for (let i = 0; i < requests + 40; i += 1) {
        const warm = i >= 40;
        const one = { small: await load(small, range), large: await load(large, range) };
        if (warm) for (const size of ['small', 'large'] as const) ms[size].push(one[size]);
      }
      const p95 = { small: quantile(ms.small, 0.95), large: quantile(ms.large, 0.95) };
      const part = `page, ${range}`;
      findings.push(
        {
          part,
          what: `p95 at ${sizeWords(sizes.small)}`,
          value: p95.small,
          unit: 'ms',
          bound: { atMost: P95_MS },
        },
        {
          part,
          what: `p95 at ${sizeWords(sizes.large)}`,
          value: p95.large,
          unit: 'ms',
          bound: { atMost: P95_MS },
        },
        {
          part,
          what: 'from the small to the large',
          value: p95.large / p95.small,
          unit: '×',
          bound: { atMost: GROWTH },
        },
      );
      raw[range] = {
        small: { p50: quantile(ms.small, 0.5), p95: p95.small, p99: quantile(ms.small, 0.99) },
        large: { p50: quantile(ms.large, 0.5), p95: p95.large, p99: quantile(ms.large, 0.99) },
      };
    }
    return { findings, raw: { sizes, open: OPEN, requests, ms: raw } };
  });
}

const sizeWords = ({ facts, deliveries }: { facts: number; deliveries: number }) =>
  `${facts.toLocaleString('en-US')} facts, ${deliveries.toLocaleString('en-US')} deliveries`;

async function load({ app, cookie }: { app: AppProcess; cookie: string }, range: string): Promise<number> {
  const startedAt = performance.now();
  const response = await fetch(`${app.url}${LOADER}&range=${range}`, { headers: { Cookie: cookie } });
  const text = await response.text();
  const ms = performance.now() - startedAt;
  if (!response.ok || !text.includes('"verdict"')) throw new Error(`The loader answered ${response.status}.`);
  return ms;
}
