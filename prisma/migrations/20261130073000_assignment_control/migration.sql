-- People pause, resume and cancel what hands conversations to others.
ALTER TABLE assignment_runs DROP CONSTRAINT assignment_runs_state_check;
ALTER TABLE assignment_runs ADD CONSTRAINT assignment_runs_state_check
  CHECK (state IN ('running', 'paused', 'cancelled', 'done'));
ALTER TABLE assignment_items DROP CONSTRAINT assignment_items_outcome_check;
ALTER TABLE assignment_items ADD CONSTRAINT assignment_items_outcome_check
  CHECK (outcome IN ('assigned', 'answered_before', 'gone', 'failed', 'cancelled'));
