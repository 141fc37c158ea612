-- Recorded, and not sent until somebody says so: what a comparison with Chatwoot found and what is no news any more.
ALTER TABLE deliveries DROP CONSTRAINT deliveries_state_check;
ALTER TABLE deliveries ADD CONSTRAINT deliveries_state_check
  CHECK (state IN ('pending', 'delivered', 'dead', 'discarded', 'withheld')) NOT VALID;
ALTER TABLE deliveries VALIDATE CONSTRAINT deliveries_state_check;
CREATE INDEX deliveries_withheld ON deliveries (seq) WHERE state = 'withheld';

CREATE TABLE withheld_messages (
  seq               bigint PRIMARY KEY,
  reconciliation_id bigint NOT NULL,
  conversation_key  text NOT NULL,
  -- message_created, or the conversation_created that goes before it
  event             text NOT NULL,
  -- counting: not known yet whether they are too many to be sent without asking
  reason            text NOT NULL CHECK (reason IN ('imported', 'resolved', 'answered', 'old', 'many', 'counting')),
  withheld_at       timestamptz(3) NOT NULL,
  -- arrived: its webhook came after all
  decision          text CHECK (decision IN ('sent', 'left', 'arrived')),
  decided_at        timestamptz(3),
  decided_by        text,
  CHECK ((decision IS NULL) = (decided_at IS NULL) AND (decision IS NULL) = (decided_by IS NULL))
);
CREATE INDEX withheld_messages_open ON withheld_messages (conversation_key, seq) WHERE decided_at IS NULL;
CREATE INDEX withheld_messages_run ON withheld_messages (reconciliation_id);
