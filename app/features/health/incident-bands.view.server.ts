import type { Services } from '../../lib/services.server.ts';
import type { IncidentBand } from './incident-band.ts';

/** The component that an incident of a cause is about; `target:<name>` is its own component. */
const COMPONENTS: Record<string, string> = { chatwoot: 'chatwoot', delivery: 'agent', intake: 'intake' };

/** Incidents that lasted since then, by the component they are about. */
export async function readIncidentBands(
  { db }: Services,
  since: Date,
): Promise<Record<string, IncidentBand[]>> {
  const { rows } = await db.pool.query<{
    id: number;
    cause: string;
    title: string;
    from: Date;
    to: Date | null;
  }>(
    `SELECT id, cause, title, started_at AS "from", COALESCE(recovered_at, resolved_at) AS "to" FROM incidents
     WHERE status <> 'merged' AND cause NOT LIKE 'manual:%'
       AND COALESCE(recovered_at, resolved_at, 'infinity') > $1
     ORDER BY started_at LIMIT 200`,
    [since],
  );
  const bands: Record<string, IncidentBand[]> = {};
  for (const { id, cause, title, from, to } of rows)
    (bands[COMPONENTS[cause] ?? cause] ??= []).push({
      id,
      title,
      from: from.toISOString(),
      to: to?.toISOString() ?? null,
    });
  return bands;
}
