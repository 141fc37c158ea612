import type pg from 'pg';
import type { ConversationSnapshot } from './conversation-snapshot.ts';

/** A conversation that bears a number which Chatwoot has given out again since. */
const keyOfBefore = (key: string, second: number) => `${key}@${second}`;

interface ToldApart<T> {
  told: T[];
  /** Under which key what is stored of a number goes on, because another conversation bears that number now. */
  putAside: Map<string, string>;
  /** Keys of conversations that Chatwoot does not have any more. */
  gone: string[];
}

/**
 * Put back from a backup, Chatwoot gives numbers out again: what bears a known number and another time of creation is another
 * conversation. Every kind of webhook and the API tell that time, in whole seconds. The later one has the number, for
 * webhooks of the earlier one may still come; the list shows which one Chatwoot has.
 * @param stored by key the second of creation of what is stored, where it is known
 */
export function tellConversationsApart<T extends { snapshot: ConversationSnapshot }>(
  stored: ReadonlyMap<string, number>,
  told: readonly T[],
  source: 'webhooks' | 'list',
): ToldApart<T> {
  const present = new Map(source === 'list' ? [] : stored);
  for (const { snapshot } of told) {
    const second = creationSecond(snapshot);
    if (second !== null && second > (present.get(snapshot.key) ?? -1)) present.set(snapshot.key, second);
  }
  const putAside = new Map(
    [...stored].flatMap(([key, second]) =>
      (present.get(key) ?? second) === second ? [] : [[key, keyOfBefore(key, second)] as const],
    ),
  );
  const gone = new Set(putAside.values());
  const apart = told.map((one) => {
    const { key } = one.snapshot;
    const second = creationSecond(one.snapshot);
    if (second === null || second === present.get(key)) return one;
    const before = keyOfBefore(key, second);
    gone.add(before);
    return { ...one, snapshot: { ...one.snapshot, key: before } };
  });
  return { told: apart, putAside, gone: [...gone] };
}

/** Null when it is not told, or cannot be: nothing is changed before it is made. */
function creationSecond({ createdAt, updatedAt }: ConversationSnapshot): number | null {
  const second = createdAt && Math.floor(createdAt.getTime() / 1000);
  return second !== null && second <= updatedAt ? second : null;
}

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
