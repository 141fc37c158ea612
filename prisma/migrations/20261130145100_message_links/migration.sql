-- Links in messages that acknowledge an incident as one person. See docs/decisions/0008-outages.md.
CREATE TABLE message_links (
  id              bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  notification_id bigint NOT NULL,
  incident_id     bigint NOT NULL,
  person_id       text NOT NULL,
  created_at      timestamptz(3) NOT NULL,
  expires_at      timestamptz(3) NOT NULL,
  used_at         timestamptz(3),
  UNIQUE (notification_id, person_id)
);
CREATE INDEX message_links_expires ON message_links (expires_at);

-- What signs them, the same for all processes: sealed when texts are. Another one ends every link.
CREATE TABLE message_link_key (
  one     boolean PRIMARY KEY DEFAULT true CHECK (one),
  key     text NOT NULL,
  made_at timestamptz(3) NOT NULL
);

-- A person may act by such a link. Wider than before: no row there is against it.
ALTER TABLE audit_log DROP CONSTRAINT audit_log_via_check;
ALTER TABLE audit_log ADD CONSTRAINT audit_log_via_check
  CHECK (via IN ('session', 'token', 'cli', 'form', 'system', 'message')) NOT VALID;
