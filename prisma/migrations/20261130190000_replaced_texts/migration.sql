-- A text that was published can be replaced; what it was stays on record. See docs/decisions/0024-status-page.md.
ALTER TABLE status_updates ADD COLUMN replaced_at timestamptz(3);
-- Earlier texts, oldest first: what it was, until when, and who replaced it.
ALTER TABLE status_updates ADD COLUMN earlier jsonb NOT NULL DEFAULT '[]';
