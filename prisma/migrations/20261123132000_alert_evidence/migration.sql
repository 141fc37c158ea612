-- Which evidence an alert was last judged by: a health rule counts each check once, however often the loop looks.
ALTER TABLE alerts ADD COLUMN counted_at timestamptz(3);
