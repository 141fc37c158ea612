import type { Services } from '../../../lib/services.server.ts';

export interface DeadLetterCluster {
  /** `<errorClass>|<status or ->|<event>`: the value of the filter that shows exactly these. */
  cause: string;
  errorClass: string;
  status: number | null;
  event: string;
  count: number;
  conversations: number;
  oldestAt: Date;
  newestAt: Date;
}

/**
 * Open dead letters grouped by cause, biggest first.
 * @param limit at most so many clusters; the rest is visible in the list itself
 */
export async function deadLetterClusters(services: Services, limit = 20): Promise<DeadLetterCluster[]> {
  const rows = await services.db.prisma.$queryRaw<
    {
      cause: string;
      error_class: string;
      status: number | null;
      event: string;
      n: bigint;
      conversations: bigint;
      oldest: Date;
      newest: Date;
    }[]
  >`
    SELECT f.metadata->>'cause' AS cause, min(f.metadata->>'errorClass') AS error_class,
      min((f.metadata->>'status')::int) AS status, min(d.event) AS event, count(*) AS n,
      count(DISTINCT d.conversation_key) AS conversations, min(f.recorded_at) AS oldest, max(f.recorded_at) AS newest
    FROM deliveries d JOIN dashboard_facts f ON f.id = d.dead_fact_id
    WHERE d.state = 'dead'
    GROUP BY f.metadata->>'cause'
    ORDER BY count(*) DESC, cause
    LIMIT ${limit}::int`;
  return rows.map((row) => ({
    cause: row.cause,
    errorClass: row.error_class,
    status: row.status,
    event: row.event,
    count: Number(row.n),
    conversations: Number(row.conversations),
    oldestAt: row.oldest,
    newestAt: row.newest,
  }));
}
