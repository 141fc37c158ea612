-- When the event's conversation was made, as Chatwoot says, to the second: put back from a backup, Chatwoot gives numbers of
-- conversations out again, and an answer in the later one answers nobody in the earlier. Null where it is not told.
ALTER TABLE deliveries ADD COLUMN conversation_began timestamptz(0);
