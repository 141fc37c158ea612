import type pg from 'pg';
import { recordTimeline } from '../incidents/record-timeline.server.ts';

/** Writes into the timeline of every incident that is open what fallback mode did. */
export async function tellIncidents(
  client: pg.ClientBase,
  entry: { kind: string; text: string; actor: string | null; now: Date; data?: Record<string, unknown> },
): Promise<void> {
  const { rows } = await client.query<{ id: number }>(
    "SELECT id FROM incidents WHERE status IN ('open', 'acknowledged') ORDER BY id",
  );
  for (const { id } of rows)
    await recordTimeline(client, {
      incidentId: id,
      at: entry.now,
      source: 'fallback',
      kind: entry.kind,
      text: entry.text,
      actor: entry.actor,
      data: entry.data,
    });
}
