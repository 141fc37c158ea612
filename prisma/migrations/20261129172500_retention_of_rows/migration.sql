-- What was removed after its retention time, so that the ledger counted row by row still adds up: one row, changed in the
-- transaction that removes.
CREATE TABLE retention_totals (
  singleton  boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  delivered  bigint NOT NULL DEFAULT 0,
  discarded  bigint NOT NULL DEFAULT 0,
  reconciled bigint NOT NULL DEFAULT 0,
  -- Nothing received before it is complete any more.
  through_at timestamptz(3)
);
INSERT INTO retention_totals DEFAULT VALUES;
