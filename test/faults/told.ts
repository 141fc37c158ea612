import pg from 'pg';
import { until } from '../support/until.ts';
import type { FaultWorld } from './fault-world.ts';

/** What a web tells those who ask it: a load balancer, and a person who looks at the page. */
interface Told {
  ready: number;
  /** The headline of the page; empty when there is no page. */
  word: string;
  ledger: { received: number; delivered: number; pending: number; held: number; balanced: boolean } | null;
  warnings: unknown[];
}

const PAGE = '/?_data=routes%2F_index';
const ABOUT_DATABASE = /^(Database|Starting)/;
const NOT_WELL = /^(Database|Starting|Spool|Out of balance)/;

async function tells({ apps, cookies }: FaultWorld, web: number): Promise<Told> {
  const { url } = apps[web]!;
  const signal = AbortSignal.timeout(15_000);
  const ready = await fetch(`${url}/readyz`, { signal });
  await ready.arrayBuffer();
  const page = await fetch(`${url}${PAGE}`, { headers: { Cookie: cookies[web]! }, signal });
  const text = await page.text();
  if (!page.ok) return { ready: ready.status, word: '', ledger: null, warnings: [] };
  const { overview } = JSON.parse(text) as {
    overview: { verdict: { word: string } } & Pick<Told, 'ledger' | 'warnings'>;
  };
  return {
    ready: ready.status,
    word: overview.verdict.word,
    ledger: overview.ledger,
    warnings: overview.warnings,
  };
}

/** Whoever gets no page reloads it after so long, ms. */
const RELOAD_MS = 3000;

/**
 * While the database is away /readyz of each web says no, and its page is headed with it. A page that does not come claims
 * nothing: one that is open says by itself after 6 s that it cannot be read (app/components/layout/live.ts).
 */
export async function saysAway({ apps, cookies }: FaultWorld, withinMs: number): Promise<void> {
  await Promise.all(
    [0, 1].flatMap((web) => [
      until(
        `/readyz of web ${web} says that the database is away`,
        async () => (await fetch(`${apps[web]!.url}/readyz`)).status === 503,
        withinMs,
      ),
      until(
        `the page of web ${web} says that the database is away`,
        async () => {
          const page = await fetch(`${apps[web]!.url}${PAGE}`, {
            headers: { Cookie: cookies[web]! },
            signal: AbortSignal.timeout(RELOAD_MS),
          }).catch((error: Error) => {
            if (error.name === 'TimeoutError') return null;
            throw error;
          });
          if (!page) return true;
          const { overview } = (await page.json()) as { overview: { verdict: { word: string } } };
          return ABOUT_DATABASE.test(overview.verdict.word);
        },
        withinMs,
      ),
    ]),
  );
}

/**
 * After it all /readyz of each web says yes, and the page neither complains of the database, the spool or the ledger nor shows
 * other numbers than the rows tell.
 */
export async function saysWell(world: FaultWorld, withinMs: number): Promise<void> {
  let last: unknown;
  await until(
    'all is said to be well',
    async () => {
      for (const web of [0, 1]) {
        const told = await tells(world, web);
        const rows = await count(world);
        last = { web, told, rows };
        const { ready, word, ledger } = told;
        if (ready !== 200 || word === '' || NOT_WELL.test(word) || !ledger?.balanced) return false;
        const isSame = ledger.received === rows.received && ledger.delivered === rows.delivered;
        if (!isSame || ledger.pending + ledger.held !== rows.pending) return false;
      }
      return true;
    },
    withinMs,
  ).catch(() => {
    throw new Error(`Not true: ${JSON.stringify(last)}`);
  });
}

async function count({ server }: FaultWorld) {
  const client = new pg.Client({ connectionString: server.superuserUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ received: number; delivered: number; pending: number }>(
      `SELECT count(*)::int AS received, count(*) FILTER (WHERE d.state = 'delivered')::int AS delivered,
         count(*) FILTER (WHERE d.state = 'pending')::int AS pending
       FROM webhook_events e LEFT JOIN deliveries d USING (seq)`,
    );
    return rows[0]!;
  } finally {
    await client.end();
  }
}
