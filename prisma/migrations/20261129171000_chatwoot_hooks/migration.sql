-- Which Chatwoot this app was connected with, since when, and under which address of ours; one row at most.
CREATE TABLE chatwoot_connection (
  id boolean PRIMARY KEY DEFAULT true CHECK (id),
  chatwoot_url text NOT NULL,
  account text NOT NULL,
  endpoint text NOT NULL,
  connected_at timestamptz(3) NOT NULL,
  proved_at timestamptz(3)
);

-- Every webhook of Chatwoot that leads here, and what proves that a request is its: the account's webhooks and those of API
-- inboxes. The secret is sealed; NULL says that there is one which cannot be kept here, so nothing unproved is let in.
CREATE TABLE chatwoot_hooks (
  kind text NOT NULL CHECK (kind IN ('webhook', 'api_inbox')),
  hook_id bigint NOT NULL,
  proof text NOT NULL CHECK (proof IN ('signature', 'token')),
  secret text,
  adopted_at timestamptz(3) NOT NULL,
  PRIMARY KEY (kind, hook_id)
);
