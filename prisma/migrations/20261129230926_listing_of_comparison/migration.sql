-- A comparison that takes a further gap in reads the list again, only as far back as that needs.
ALTER TABLE reconciliations
  -- Down to where the list is read; null: to the beginning of the comparison.
  ADD COLUMN list_since    timestamptz(3),
  -- When that reading began: the second pass is for what moved to the front since. Null: with the comparison.
  ADD COLUMN list_began_at timestamptz(3);
