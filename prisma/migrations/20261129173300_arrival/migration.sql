-- Whether what was written in Chatwoot arrives here: one row, written by whoever holds the look.
CREATE TABLE arrival_watch (
  one                boolean PRIMARY KEY DEFAULT true CHECK (one),
  -- Whose look it is; like a lease it holds as long as its owner's row in processes is fresh.
  owner              uuid,
  due_at             timestamptz(3) NOT NULL DEFAULT 'epoch',
  -- Webhooks of what was written before are nobody's to expect: set by the connection, and moved on by gaps of our own.
  expect_since       timestamptz(3),
  first_webhook_at   timestamptz(3),
  -- The last look that Chatwoot answered, and the newest message that it showed.
  looked_at          timestamptz(3),
  newest_at          timestamptz(3),
  -- Looks that fail, in a row.
  failing_since      timestamptz(3),
  problem            text,
  -- The first message that no webhook told of, when one was seen last, and when a second look confirmed it.
  silent_since       timestamptz(3),
  silent_seen_at     timestamptz(3),
  confirmed_at       timestamptz(3),
  cause              jsonb,
  -- Everything up to then is to be compared at once.
  compare_at         timestamptz(3),
  -- Our webhook in Chatwoot's list: as read last, since when it is not as it should be, and when that was read twice.
  registered_at      timestamptz(3),
  registration       jsonb,
  registration_at    timestamptz(3),
  registration_bad_since timestamptz(3),
  registration_bad_confirmed boolean NOT NULL DEFAULT false,
  -- Chatwoot's version, and since when it is that one.
  version            text,
  version_since      timestamptz(3)
);
INSERT INTO arrival_watch DEFAULT VALUES;

-- Messages that a look saw in Chatwoot and that no webhook told of, while webhooks do not come.
CREATE TABLE untold_messages (
  account         text NOT NULL,
  message_id      bigint NOT NULL,
  conversation_id bigint NOT NULL,
  created_at      timestamptz(3) NOT NULL,
  PRIMARY KEY (account, message_id)
);

-- A webhook that comes late after all is measured as well, once.
ALTER TABLE reconciled_messages ADD COLUMN delay_counted boolean NOT NULL DEFAULT false;
UPDATE reconciled_messages SET delay_counted = true WHERE arrived_at IS NOT NULL;
CREATE INDEX reconciled_messages_arrived ON reconciled_messages (arrived_at) WHERE arrived_at IS NOT NULL;
CREATE INDEX reconciled_messages_uncounted ON reconciled_messages (arrived_at) WHERE arrived_at IS NOT NULL AND NOT delay_counted;

-- What of the present silence is missing: seen by a look, or fetched by a comparison since. By our clock.
CREATE VIEW missed_messages AS
SELECT m.account, m.message_id, m.key, m.created_at, COALESCE(c.customer_id, m.key) AS customer
FROM (
  SELECT account, message_id, account || ':' || conversation_id AS key, created_at FROM untold_messages
  UNION
  SELECT r.account, r.message_id, r.conversation_key, r.created_at - c.ahead
  FROM reconciled_messages r
  CROSS JOIN (SELECT make_interval(secs => COALESCE(max(ahead_ms), 0) / 1000) AS ahead FROM chatwoot_clock) c
  JOIN arrival_watch w ON r.created_at >= w.silent_since + c.ahead
  WHERE r.arrived_at IS NULL
    AND NOT EXISTS (SELECT FROM untold_messages u WHERE (u.account, u.message_id) = (r.account, r.message_id))
) m LEFT JOIN conversations c ON c.key = m.key;

-- When the last webhook of a message came, one that came late after all too. Seconds are kept for ten minutes, minutes for days.
CREATE VIEW last_message_webhook AS
SELECT GREATEST(
  COALESCE(
    (SELECT max(bucket) + interval '1 second' FROM fact_rollups WHERE resolution = 'second' AND metric = 'arrival'),
    (SELECT max(bucket) FROM fact_rollups WHERE resolution = 'minute' AND metric = 'arrival')),
  (SELECT max(arrived_at) FROM reconciled_messages WHERE arrived_at IS NOT NULL)) AS at;

-- Fallback mode's last narrowing of Chatwoot's webhooks: whether it holds, and when it was taken back.
CREATE VIEW narrowed_webhooks AS
SELECT COALESCE(bool_or(n.narrowed), false) AS narrowed, max(n.widened_at) AS widened_at
FROM (
  SELECT o.saved IS NOT NULL AND f.finished_at IS NULL AS narrowed, f.finished_at AS widened_at
  FROM fallback_actions o
  LEFT JOIN fallback_actions f ON f.run_id = o.run_id AND f.direction = 'off' AND f.kind = 'webhook' AND f.state = 'done'
  WHERE o.direction = 'on' AND o.kind = 'webhook' AND o.state IN ('running', 'done')
  ORDER BY o.id DESC LIMIT 1) n;
