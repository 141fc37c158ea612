-- The last proof that messages arrive: a message written as an invented customer, in an inbox in which nobody waits.
CREATE TABLE arrival_proof (
  id boolean PRIMARY KEY DEFAULT true CHECK (id),
  canary_inbox_id bigint,
  started_at timestamptz(3) NOT NULL,
  ended_at timestamptz(3),
  arrived boolean,
  sentence text,
  cause text,
  cure text
);
ALTER TABLE chatwoot_connection DROP COLUMN proved_at;
