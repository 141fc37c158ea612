import type pg from 'pg';
import type { TimelineLine } from './incident-view.ts';

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
