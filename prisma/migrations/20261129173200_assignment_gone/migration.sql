-- A conversation that was to be handed over can be gone by then: deleted in Chatwoot.
ALTER TABLE assignment_items DROP CONSTRAINT assignment_items_outcome_check;
ALTER TABLE assignment_items ADD CONSTRAINT assignment_items_outcome_check
  CHECK (outcome IN ('assigned', 'answered_before', 'gone', 'failed'));
