-- Since when something shows that webhooks arrive: the first that ever came, since connecting where another Chatwoot was connected
-- before, and of the account that is connected: another one's may come to the same address.
CREATE OR REPLACE VIEW proved_arrival AS
SELECT COALESCE(w.first_webhook_at, CASE WHEN e.received_at >= COALESCE(c.connected_at, '-infinity') THEN e.received_at END) AS at
FROM arrival_watch w
LEFT JOIN chatwoot_connection c ON true
LEFT JOIN LATERAL (
  SELECT received_at FROM webhook_events
  WHERE source = 'webhook' AND (c.account IS NULL OR split_part(conversation_key, ':', 1) = c.account)
  ORDER BY seq DESC LIMIT 1) e ON w.first_webhook_at IS NULL;
