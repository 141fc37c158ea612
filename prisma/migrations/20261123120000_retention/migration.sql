-- Message texts are removed a while after delivery or discard; counts, facts and the row itself stay. The mark stands on
-- the delivery, so that whoever takes a discard back asks for it in the row that is locked.
ALTER TABLE deliveries ADD COLUMN text_removed_at timestamptz(3)
  CHECK (text_removed_at IS NULL OR state IN ('delivered', 'discarded'));

-- How far the removal has walked through the inbox, in order of receipt, and what it had to leave behind there because it
-- was not settled long enough: open dead letters mostly. An index over all settled deliveries would cost every delivery.
CREATE TABLE retention_progress (
  singleton   boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  through_seq bigint NOT NULL
);
INSERT INTO retention_progress (through_seq) VALUES (0);
CREATE TABLE retention_waiting (seq bigint PRIMARY KEY);

-- All dead letters of an event, also the ones before a replay.
CREATE INDEX dead_letters_of_event ON dashboard_facts (((metadata->>'seq')::bigint))
  WHERE fact_type = 'support.webhook.dead_letter';
