-- By how much a process's own clock is ahead of the database's, ms: nothing goes by it, but people read logs by it.
ALTER TABLE processes ADD COLUMN clock_ahead_ms bigint;
