import type { Services } from '../../../lib/services.server.ts';
import { conversationUrl } from '../../../lib/chatwoot/chatwoot-client.server.ts';
import type { AssignmentItemOutcome, AssignmentRun } from './assignment-view.ts';
import { exactId } from '../../../lib/chatwoot/chatwoot-values.ts';

const RUNS = 3;
const ITEMS = 100;

/** The latest times that conversations were handed to people, with the result of each. */
export async function readAssignments({
  db,
  config,
}: Pick<Services, 'db' | 'config'>): Promise<AssignmentRun[]> {
  const { rows } = await db.pool.query<{
    id: number;
    created_at: Date;
    created_by: string;
    finished_at: Date | null;
    state: AssignmentRun['state'];
    per_second: number | null;
    total: number;
    done: number;
    failed: number;
    items: {
      key: string;
      agent_name: string;
      outcome: AssignmentItemOutcome | null;
      detail: string | null;
    }[];
  }>(
    `SELECT r.id, r.created_at, r.created_by, r.finished_at, r.state, n.*,
       CASE WHEN r.state = 'running' AND n.done > 0
         THEN (n.done / GREATEST(1, extract(epoch FROM now() - r.created_at)))::float8 END AS per_second,
       (SELECT json_agg(i ORDER BY i.position) FROM (
          SELECT key, agent_name, outcome, detail, position FROM assignment_items
          WHERE run_id = r.id ORDER BY (outcome = 'failed') DESC NULLS FIRST, position LIMIT ${ITEMS}) i) AS items
     FROM (SELECT * FROM assignment_runs ORDER BY id DESC LIMIT ${RUNS}) r,
     LATERAL (SELECT count(*) AS total, count(outcome) AS done, count(*) FILTER (WHERE outcome = 'failed') AS failed
       FROM assignment_items WHERE run_id = r.id) n
     ORDER BY r.id DESC`,
  );
  return rows.map((row) => ({
    id: row.id,
    createdAt: row.created_at.toISOString(),
    createdBy: row.created_by,
    finishedAt: row.finished_at?.toISOString() ?? null,
    state: row.state,
    perSecond: row.per_second,
    total: row.total,
    done: row.done,
    failed: row.failed,
    items: row.items.map(({ key, agent_name: agentName, outcome, detail }) => {
      const [account = '', conversationId = ''] = key.split(':');
      return {
        key,
        conversationId: exactId(conversationId)!,
        agentName,
        outcome,
        detail,
        url: conversationUrl(config.connection?.chatwootUrl ?? null, account, conversationId),
      };
    }),
  }));
}
