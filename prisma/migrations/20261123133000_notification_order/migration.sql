-- When a channel was last used, for its rate limit.
CREATE INDEX notification_log_sent ON notification_log (channel, at) WHERE state = 'sent';

-- The channel that did not take a message, when this row stands in for it.
ALTER TABLE notifications ADD COLUMN instead_of text;
