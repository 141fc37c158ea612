-- One update, told over several channels, and when the next one was promised. See docs/decisions/0024-status-page.md.
ALTER TABLE status_notices
  -- When customers were promised to hear more; nothing once it is over.
  ADD COLUMN next_due_at timestamptz(3),
  ADD COLUMN reminded_at timestamptz(3),
  -- Visitors of a shop are told of it.
  ADD COLUMN banner boolean NOT NULL DEFAULT true,
  -- Steps of the guide that were ticked off for it: whatever a person takes back stays so.
  ADD COLUMN filled text[] NOT NULL DEFAULT '{}';
-- Over which channels it was to go: page, banner, slack, statuspage, template, inbox/3.
ALTER TABLE status_updates ADD COLUMN channels text[] NOT NULL DEFAULT '{}';
-- What an inbox answers instead of the fixed text, newest last.
ALTER TABLE fallback_actions ADD COLUMN messages text[] NOT NULL DEFAULT '{}';
