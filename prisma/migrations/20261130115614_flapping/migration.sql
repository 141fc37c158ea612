-- Since when an incident comes and goes so often that each change is no news any more; null: it does not.
ALTER TABLE incidents ADD COLUMN flapping_since timestamptz(3);
