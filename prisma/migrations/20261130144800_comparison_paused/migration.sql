-- A person pauses a comparison, or gives it up; `detail` says who.
ALTER TABLE reconciliations DROP CONSTRAINT reconciliations_state_check;
ALTER TABLE reconciliations ADD CONSTRAINT reconciliations_state_check
  CHECK (state IN ('running', 'done', 'failed', 'paused', 'cancelled'));
