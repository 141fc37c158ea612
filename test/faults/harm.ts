import pg from 'pg';
import type { OwnPostgres } from '../intake/own-postgres.ts';
import type { FaultWorld } from './fault-world.ts';
import type { Sent } from './sender.ts';

/** What a fault left behind, as the sender's and the Agent service's books tell, and the rows of the queue. */
export interface Harm {
  lost: number;
  outOfOrder: number;
  /** Came twice, under two ids. */
  twice: number;
  /** Neither final, nor due, nor leased by anybody who lives. */
  stuck: number;
}

export async function countHarm({ server, agent }: FaultWorld, sent: readonly Sent[]): Promise<Harm> {
  const ids = new Map<string, Set<string>>();
  const order: string[] = [];
  for (const { bodySha256, webhookId } of agent.records.received) {
    if (!ids.has(bodySha256)) order.push(bodySha256);
    ids.set(bodySha256, (ids.get(bodySha256) ?? new Set()).add(webhookId));
  }
  const place = new Map(sent.map(({ hash, conversation }, n) => [hash, { n, conversation }]));
  const newest = new Map<number, number>();
  let outOfOrder = 0;
  for (const hash of order) {
    const known = place.get(hash);
    if (!known) continue;
    if (known.n < (newest.get(known.conversation) ?? -1)) outOfOrder += 1;
    else newest.set(known.conversation, known.n);
  }
  return {
    lost: sent.filter(({ hash }) => !ids.has(hash)).length,
    outOfOrder,
    twice: [...ids.values()].filter((of) => of.size > 1).length,
    stuck: await countStuck(server),
  };
}

async function countStuck(server: OwnPostgres): Promise<number> {
  const client = new pg.Client({ connectionString: server.superuserUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM deliveries d LEFT JOIN leases l USING (seq)
       WHERE d.finished_at IS NULL AND (
         l.seq IS NULL AND d.due_at > now() + interval '10 minutes'
         OR l.seq IS NOT NULL AND NOT EXISTS (
           SELECT FROM processes p WHERE p.id = l.owner AND p.last_seen > now() - interval '30 seconds'))`,
    );
    return rows[0]!.n;
  } finally {
    await client.end();
  }
}

export const hasArrived = ({ agent }: FaultWorld, sent: readonly Sent[]): boolean => {
  const hashes = agent.records.bodyHashes();
  return sent.every(({ hash }) => hashes.has(hash));
};
