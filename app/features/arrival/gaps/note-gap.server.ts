import type { Queryable } from '../../../lib/reading.ts';
import { holdMessages } from '../../delivery/hold-messages.server.ts';

/** Nobody listened until a process was started; one stood still, or was without its database; none came although many should have. */
export type GapKind = 'start' | 'break' | 'silence';

/** Something was expected to come in it: the account is connected, or a message has come. */
const MAY_MISS = `EXISTS (SELECT FROM inbox_messages) OR EXISTS (SELECT FROM arrival_watch WHERE registered_at IS NOT NULL)`;

/**
 * Notes a time that has just ended and in which webhooks may have been lost. A comparison of it begins at once, and what is
 * newer waits for it; both in the caller's transaction, so that nothing slips out in between.
 * @param gap.beganAt null: not known
 */
export async function noteGap(
  client: Queryable,
  { kind, beganAt, endedAt }: { kind: GapKind; beganAt: Date | null; endedAt: Date },
): Promise<void> {
  await client.query('INSERT INTO arrival_gaps (kind, began_at, ended_at) VALUES ($1, $2, $3)', [
    kind,
    beganAt,
    endedAt,
  ]);
  const { rows } = await client.query<{ may_miss: boolean }>(`SELECT ${MAY_MISS} AS may_miss`);
  if (rows[0]!.may_miss) await holdMessages(client);
}
