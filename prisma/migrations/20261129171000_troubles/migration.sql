-- What does not work in a process although it runs: loops that fail round after round, told with its heartbeat.
ALTER TABLE processes ADD COLUMN troubles jsonb NOT NULL DEFAULT '[]';

CREATE INDEX notifications_failed ON notifications (created_at) WHERE state = 'failed';
