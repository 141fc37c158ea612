-- A Chatwoot that was put back from a backup gives numbers out again: a message is named by its number and the second
-- in which it was created. Of rows from before this the second is not known: 'epoch', which stands for any.
ALTER TABLE inbox_messages
  ADD COLUMN created_at timestamptz(3) NOT NULL DEFAULT 'epoch',
  DROP CONSTRAINT inbox_messages_pkey,
  ADD PRIMARY KEY (account, message_id, created_at);

ALTER TABLE reconciled_messages
  DROP CONSTRAINT reconciled_messages_pkey,
  ADD PRIMARY KEY (account, message_id, created_at);
