/**
 * Parts of the statement that stores webhooks: a message that was fetched before its webhook came. What was withheld only for its
 * number or age is decided then: Chatwoot itself tells of it.
 */

/** The message of `i` was fetched before: number and second are the same, or the second is not known. `r` is its row. */
const IS_FETCHED = `(r.account, r.message_id) = (i.account, i.message_id)
    AND COALESCE(floor(extract(epoch FROM r.created_at)) = i.message_second, true)`;

/** A condition on `i` (`account`, `message_id`, `message_second`): its message was fetched before. */
export const WAS_FETCHED = `EXISTS (
    SELECT FROM reconciled_messages r WHERE ${IS_FETCHED})`;

/** A statement that notes whose webhook has come, from `input i`, when `condition` holds. @returns `seq, conversation_key` */
export const noteArrived = (
  condition: string,
): string => `UPDATE reconciled_messages r SET arrived_at = i.received_at FROM input i
  WHERE ${IS_FETCHED} AND r.arrived_at IS NULL AND ${condition}
  RETURNING r.seq, r.conversation_key`;

/** A statement that decides what was withheld of them. @param arrived name of the query above. @returns `seq` */
export const decideArrived = (
  arrived: string,
): string => `UPDATE withheld_messages w SET decision = 'arrived', decided_at = now(), decided_by = 'Chatwoot' FROM ${arrived}
  WHERE w.conversation_key = ${arrived}.conversation_key AND (w.seq = ${arrived}.seq OR w.event = 'conversation_created')
    AND w.decided_at IS NULL AND w.reason IN ('counting', 'many', 'old')
  RETURNING w.seq`;
