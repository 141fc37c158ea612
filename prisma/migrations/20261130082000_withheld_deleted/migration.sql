-- A message that was deleted in Chatwoot is no news either.
ALTER TABLE withheld_messages
  DROP CONSTRAINT withheld_messages_reason_check,
  ADD CONSTRAINT withheld_messages_reason_check
    CHECK (reason IN ('deleted', 'imported', 'resolved', 'answered', 'old', 'many', 'counting'));
