import type pg from 'pg';

/** A practised outage that is going on. */
export interface OpenDrill {
  id: number;
  /** Windows and clocks are divided by it. */
  speed: number;
  notify: 'marked' | 'simulated';
}

/** The drill that is open, if any: what begins meanwhile belongs to it. */
export async function readOpenDrill(client: pg.ClientBase): Promise<OpenDrill | null> {
  const { rows } = await client.query<OpenDrill>(
    'SELECT id, speed, notify FROM drills WHERE ended_at IS NULL',
  );
  return rows[0] ?? null;
}
