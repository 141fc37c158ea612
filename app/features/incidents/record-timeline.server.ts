import type pg from 'pg';
import type { TimelineLine } from './incident-view.ts';
import { causeOf } from './incident-row.server.ts';

export interface TimelineEntry {
  incidentId: number;
  at: Date;
  source: TimelineLine['source'];
  /** What kind of thing it is, for programs. */
  kind: string;
  /** What happened, for people. */
  text: string;
  actor?: string | null;
  data?: Record<string, unknown>;
}

/** Appends a line to an incident's timeline; pass the client of the transaction that makes the change. */
export async function recordTimeline(client: pg.ClientBase, entry: TimelineEntry): Promise<void> {
  const { incidentId, at, source, kind, text, actor, data } = entry;
  await client.query(
    `INSERT INTO incident_timeline (incident_id, at, last_at, source, kind, text, actor, data)
     VALUES ($1, $2, $2, $3, $4, $5, $6, $7)`,
    [incidentId, at, source, kind, text, actor ?? null, data ?? {}],
  );
}

/** What the last check of a component said. */
export interface ProbedComponent {
  name: string;
  label: string;
  state: string;
  failures: number;
  firstFailedAt: Date | null;
  checkedAt: Date;
  detail: string | null;
}

/**
 * Puts each new check of a component into the timeline of the open incident that it bears on. Checks that say the same
 * fold into one line, which counts them; what they say in numbers is the latest one's.
 */
export async function recordProbes(
  client: pg.ClientBase,
  components: readonly ProbedComponent[],
): Promise<void> {
  const open = await client.query<{ id: number; cause: string }>(
    "SELECT id, cause FROM incidents WHERE status IN ('open', 'acknowledged')",
  );
  for (const { id, cause } of open.rows)
    for (const component of components)
      if (causeOf(component.name) === cause) await foldProbe(client, id, component);
}

async function foldProbe(client: pg.ClientBase, incidentId: number, probed: ProbedComponent): Promise<void> {
  const { name, label, state, failures, firstFailedAt, checkedAt, detail } = probed;
  const kind = `probe:${name}`;
  const said = failures > 0 ? 'failed' : state === 'inconclusive' ? 'inconclusive' : 'passed';
  const text = `Check of ${label} ${said === 'inconclusive' ? 'is inconclusive' : said}${detail ? `: ${detail}` : ''}`;
  const { rows } = await client.query<{ id: number; said: string; lastAt: Date }>(
    `SELECT id, data->>'said' AS said, last_at AS "lastAt" FROM incident_timeline
     WHERE incident_id = $1 AND kind = $2 ORDER BY last_at DESC, id DESC LIMIT 1`,
    [incidentId, kind],
  );
  const last = rows[0];
  if (last && last.lastAt >= checkedAt) return;
  if (last?.said === said) {
    await client.query(
      'UPDATE incident_timeline SET count = count + 1, last_at = $2, text = $3 WHERE id = $1 AND last_at < $2',
      [last.id, checkedAt, text],
    );
    return;
  }
  // The first line of an incident goes back to the first failed check, which was before the incident was opened.
  const first = !last && said === 'failed' ? (firstFailedAt ?? checkedAt) : checkedAt;
  await client.query(
    `INSERT INTO incident_timeline (incident_id, at, last_at, count, source, kind, text, data)
     VALUES ($1, $2, $3, $4, 'probe', $5, $6, $7)`,
    [incidentId, first, checkedAt, !last && said === 'failed' ? failures : 1, kind, text, { said }],
  );
}
