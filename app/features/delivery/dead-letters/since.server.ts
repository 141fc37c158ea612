/**
 * CTE `since`: what happened in the conversations of CTE `picked (seq, conversation_key)` after their oldest picked
 * event, as the newest `seq` of each kind; an event is outdated by a kind whose `seq` is above its own.
 * One pass over a conversation, however many of its events are picked.
 */
export const SINCE = `since AS (
  SELECT n.conversation_key,
    max(n.seq) FILTER (WHERE n.signal = 'agent_reply') AS answered,
    max(n.seq) FILTER (WHERE n.signal = 'resolved') AS resolved,
    max(n.seq) FILTER (WHERE n.state = 'delivered') AS delivered
  FROM (SELECT conversation_key, min(seq) AS first FROM picked GROUP BY conversation_key) p
  JOIN deliveries n ON n.conversation_key = p.conversation_key AND n.seq > p.first
  GROUP BY n.conversation_key)`;
