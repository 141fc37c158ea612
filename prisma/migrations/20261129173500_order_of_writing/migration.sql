-- Messages of a conversation go out in the order in which they were written, not in the order in which their webhooks came.
-- message_at has whole seconds: what is fetched from Chatwoot's API knows no more. Both are null for every other event.
ALTER TABLE deliveries ADD COLUMN message_at timestamptz(0), ADD COLUMN message_id bigint;

-- "Which message of this conversation is next, and does anything else wait before it?" For why it has a condition of its own
-- see 20261123010000_open_by_finish.
DROP INDEX deliveries_open_of_conversation;
CREATE INDEX deliveries_open_of_conversation
  ON deliveries (conversation_key, message_at, message_id, (event <> 'message_created'), seq) WHERE finished_at IS NULL;

-- "Has a later message of this conversation been delivered?"
CREATE INDEX deliveries_delivered_messages ON deliveries (conversation_key, message_at, message_id)
  WHERE state = 'delivered' AND event = 'message_created' AND message_at IS NOT NULL;

-- Message events of these conversations wait until then, for what is being fetched before them. '*' is every conversation.
CREATE TABLE delivery_holds (
  conversation_key text PRIMARY KEY,
  until            timestamptz(3) NOT NULL
);

-- In which order a replay releases its entries.
ALTER TABLE replay_items ADD COLUMN position bigint;
UPDATE replay_items SET position = seq;
ALTER TABLE replay_items ALTER COLUMN position SET NOT NULL;
DROP INDEX replay_items_waiting;
CREATE INDEX replay_items_waiting ON replay_items (replay_id, position) WHERE released_at IS NULL AND outcome IS NULL;
