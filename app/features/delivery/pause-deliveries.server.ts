import type pg from 'pg';

/**
 * Lets nothing be claimed for delivery from the commit on; attempts in flight end by themselves. Webhooks are taken and
 * stored as ever. Pass the client of the transaction of whoever has a reason to.
 * @returns how many deliveries are held by it now
 */
export async function pauseDeliveries(
  client: pg.ClientBase,
  { by, reason, now }: { by: string; reason: string; now: Date },
): Promise<number> {
  await client.query(
    `UPDATE delivery_pause SET paused = true, since = $1, paused_by = $2, reason = $3 WHERE NOT paused`,
    [now, by, reason],
  );
  return countHeld(client);
}

/**
 * Lets deliveries go out again. What waits now comes back as a backlog does after an outage: live traffic first, in order
 * per conversation, with a ramp (see delivery-gate.server.ts).
 * @returns how many wait, and the last of them
 */
export async function resumeDeliveries(
  client: pg.ClientBase,
  now: Date,
): Promise<{ held: number; throughSeq: number }> {
  const held = await countHeld(client);
  await client.query(`UPDATE delivery_pause SET paused = false, resumed_at = $1 WHERE paused`, [now]);
  const { rows } = await client.query<{ live_from_seq: number }>(
    `UPDATE breakers SET live_from_seq = COALESCE((SELECT max(seq) FROM deliveries), 0)
     WHERE name = 'agent' RETURNING live_from_seq`,
  );
  return { held, throughSeq: rows[0]!.live_from_seq };
}

async function countHeld(client: pg.ClientBase): Promise<number> {
  const { rows } = await client.query<{ n: number }>(
    `SELECT count(*) - (SELECT count(*) FROM leases) AS n FROM deliveries WHERE state = 'pending'`,
  );
  return Math.max(0, rows[0]!.n);
}
