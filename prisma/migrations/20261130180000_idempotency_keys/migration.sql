-- What programs asked for with a key of their own, and what they were answered: the same again gets the same answer.
CREATE TABLE idempotency_keys (
  actor_id    text NOT NULL,
  key         text NOT NULL,
  -- SHA-256 of what was asked: another thing under the same key is refused.
  fingerprint bytea NOT NULL,
  began_at    timestamptz(3) NOT NULL,
  -- The answer; null while it is being done, and for good when its process died meanwhile.
  status      smallint,
  type        text,
  location    text,
  body        text,
  PRIMARY KEY (actor_id, key)
);
CREATE INDEX idempotency_keys_began_at ON idempotency_keys (began_at);
