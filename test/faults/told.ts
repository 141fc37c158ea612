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

/** While the database is away /readyz of each web says no, and the page is headed with it. */
export async function saysAway(world: FaultWorld, withinMs: number): Promise<void> {
  const left = new Set(['/readyz', 'the page'].flatMap((what) => [`${what} of 0`, `${what} of 1`]));
  await Promise.all(
    [0, 1].map((web) =>
      until(
        `the database is said to be away by web ${web}`,
        async () => {
          const { ready, word } = await tells(world, web);
          if (ready === 503) left.delete(`/readyz of ${web}`);
          if (ABOUT_DATABASE.test(word)) left.delete(`the page of ${web}`);
          return ![...left].some((what) => what.endsWith(String(web)));
        },
        withinMs,
      ),
    ),
  ).catch((error: unknown) => {
    throw new Error(`${[...left].join(', ')} did not say it: ${String(error)}`);
  });
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
