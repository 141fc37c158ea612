-- Who waits, told from what was written and by whom, not from Chatwoot's `waiting_since` alone: it is set at the creation of
-- every conversation, also of one in which no customer has written yet. See docs/decisions/0018-who-waits.md.

-- Each message of a customer, without its text. Number 0 stands for what a ticket kept by hand says, -1 for what was known
-- of the first message before this table.
CREATE TABLE customer_messages (
  key        text NOT NULL,
  message_id bigint NOT NULL,
  at         timestamptz(3) NOT NULL,
  -- Nobody wrote it: a bounce, a robot's notice, an out-of-office answer.
  machine    boolean NOT NULL DEFAULT false,
  PRIMARY KEY (key, message_id)
);
INSERT INTO customer_messages (key, message_id, at)
SELECT key, -1, first_message_at FROM conversations WHERE first_message_at IS NOT NULL;

-- An answer that could not be sent is none. `told_at` (unix seconds, as Chatwoot's `updated_at`): the newest account counts.
ALTER TABLE conversation_replies ADD COLUMN failed boolean NOT NULL DEFAULT false;
ALTER TABLE conversation_replies ADD COLUMN told_at double precision NOT NULL DEFAULT 0;

-- `snapshot_since` is what Chatwoot calls the beginning; `since` is when the customer began to wait, null when nobody did.
ALTER TABLE waits RENAME COLUMN since TO snapshot_since;
ALTER TABLE waits ADD COLUMN since timestamptz(3);
UPDATE waits SET since = snapshot_since;
DROP INDEX waits_since;
CREATE INDEX waits_since ON waits (since) WHERE since IS NOT NULL;

DROP INDEX conversations_unfilled;
ALTER TABLE conversations
  DROP COLUMN first_message_at,
  DROP COLUMN filled_at,
  -- For which `snapshot_waiting_since` Chatwoot was asked for messages that neither webhook nor list told of.
  ADD COLUMN filled_since timestamptz(3),
  -- When it was asked for the answers before that.
  ADD COLUMN replies_asked_at timestamptz(3),
  -- When it was first resolved, as far as a snapshot showed it.
  ADD COLUMN resolved_at timestamptz(3),
  -- Since when a machine's message stands there and no customer waits.
  ADD COLUMN machine_since timestamptz(3);
CREATE INDEX conversations_machine ON conversations (machine_since) WHERE machine_since IS NOT NULL;
CREATE INDEX conversations_open ON conversations (key) WHERE status IN ('open', 'pending');

ALTER TABLE backlog_projection
  -- Policies that conversations name and Chatwoot did not list when it was asked last.
  ADD COLUMN unknown_policies bigint[] NOT NULL DEFAULT '{}',
  -- SLA_FIRST_RESPONSE that due times were reckoned with; null: they are reckoned anew.
  ADD COLUMN target_seconds double precision;
