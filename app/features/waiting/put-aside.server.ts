import type pg from 'pg';

/** What is kept of a conversation, by its key. */
const TABLES = ['conversations', 'waits', 'conversation_replies', 'customer_messages'];

/**
 * Gives what is stored of conversations other keys, in the caller's transaction, which holds their locks. Nothing else is changed,
 * but for the customer's name: it is sealed for the key, and of a conversation that is gone nobody needs it.
 * @param putAside the new key by the present one
 */
export async function putConversationsAside(
  client: pg.ClientBase,
  putAside: ReadonlyMap<string, string>,
): Promise<void> {
  if (putAside.size === 0) return;
  const [from, to] = [[...putAside.keys()], [...putAside.values()]];
  await client.query('UPDATE conversations SET customer_name = NULL WHERE key = ANY($1::text[])', [from]);
  for (const table of TABLES) {
    // Of a number that went back and forth (two backups): the last account of it stands.
    await client.query(`DELETE FROM ${table} WHERE key = ANY($1::text[])`, [to]);
    await client.query(
      `UPDATE ${table} t SET key = i.aside FROM unnest($1::text[], $2::text[]) AS i(key, aside) WHERE t.key = i.key`,
      [from, to],
    );
  }
}
