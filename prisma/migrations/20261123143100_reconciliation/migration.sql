-- A comparison keeps no text of a customer: what a conversation says is asked for again when something of it is missing.
ALTER TABLE reconciliation_items DROP COLUMN conversation;

ALTER TABLE reconciliations
  -- What a webhook names and the conversations' API does not: {"account": name, "inboxes": {id: name}}.
  ADD COLUMN names         jsonb NOT NULL DEFAULT '{}',
  -- When it is finished; its items are removed then.
  ADD COLUMN conversations integer,
  ADD COLUMN messages      integer;

-- Its webhook came after all, later than the comparison: it was late, not lost.
ALTER TABLE reconciled_messages ADD COLUMN arrived_at timestamptz(3);
