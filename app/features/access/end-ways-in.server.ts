import type pg from 'pg';

/** Removes the link of somebody to single sign-on. @returns how many there were */
export async function unlinkSingleSignOn(client: pg.ClientBase, personId: string): Promise<number> {
  const { rowCount } = await client.query(
    `DELETE FROM sign_in_methods WHERE person_id = $1 AND provider_id <> 'credential'`,
    [personId],
  );
  return rowCount ?? 0;
}

/** Ends the sessions of somebody, but for one, and every sign-in that waits for its second factor. @returns how many sessions */
export async function endEveryWayIn(
  client: pg.ClientBase,
  personId: string,
  exceptToken: string | null = null,
): Promise<number> {
  // What waits for a second factor has the person's id for its value.
  await client.query('DELETE FROM verifications WHERE value = $1', [personId]);
  const { rowCount } = await client.query(
    'DELETE FROM sessions WHERE person_id = $1 AND token IS DISTINCT FROM $2',
    [personId, exceptToken],
  );
  return rowCount ?? 0;
}
