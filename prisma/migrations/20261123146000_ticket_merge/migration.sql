-- What merging and importing of tickets must remember so that neither ever does a thing twice.

-- Spreadsheets of two people both have a ticket 1: an import knows its rows by a key of number and customer.
ALTER TABLE manual_tickets
  DROP CONSTRAINT manual_tickets_external_id_key,
  ADD COLUMN import_key      text UNIQUE,
  -- False: a spreadsheet did not say when the customer wrote; the clock then runs from the import.
  ADD COLUMN received_known  boolean NOT NULL DEFAULT true,
  ADD COLUMN merge_note      bigint,
  ADD COLUMN text_removed_at timestamptz(3);

-- An open form is sent once, however often its button is pressed.
ALTER TABLE ticket_entries ADD COLUMN mail_id uuid UNIQUE;

CREATE INDEX manual_tickets_listed ON manual_tickets (status, received_at);
