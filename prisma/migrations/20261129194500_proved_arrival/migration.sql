-- Since when something shows that webhooks arrive: the first that ever came, since connecting where another Chatwoot was connected
-- before. Null: not proved yet. The row keeps it when the webhook itself has been removed.
CREATE VIEW proved_arrival AS
SELECT COALESCE(w.first_webhook_at, CASE WHEN e.received_at >= COALESCE(c.connected_at, '-infinity') THEN e.received_at END) AS at
FROM arrival_watch w
LEFT JOIN chatwoot_connection c ON true
LEFT JOIN LATERAL (
  SELECT received_at FROM webhook_events WHERE source = 'webhook' ORDER BY seq DESC LIMIT 1) e ON w.first_webhook_at IS NULL;
