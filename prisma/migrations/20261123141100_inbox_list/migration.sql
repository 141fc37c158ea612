-- Chatwoot's inboxes as last listed, so that fallback mode can offer them while Chatwoot hardly answers.
CREATE TABLE inbox_list (
  one       boolean PRIMARY KEY DEFAULT true CHECK (one),
  inboxes   jsonb NOT NULL DEFAULT '[]',
  listed_at timestamptz(3),
  tried_at  timestamptz(3),
  problem   text
);
INSERT INTO inbox_list DEFAULT VALUES;
