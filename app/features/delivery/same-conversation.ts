/**
 * Whether two deliveries are of one conversation, in SQL: put back from a backup, Chatwoot gives numbers out again, and what bears
 * the same number and was made at another time is another conversation. Where that time is not told the number alone decides.
 * @param one alias of a row with `conversation_key` and `conversation_began`; so is `other`
 */
export const isSameConversation = (one: string, other: string) =>
  `(${other}.conversation_key = ${one}.conversation_key
    AND COALESCE(${other}.conversation_began = ${one}.conversation_began, true))`;
