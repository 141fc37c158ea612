-- Acknowledged webhooks that were set aside, as files in the process's DATA_DIR: counted by the ledger once for each folder,
-- which several processes of a machine may share.
ALTER TABLE processes ADD COLUMN quarantined integer NOT NULL DEFAULT 0, ADD COLUMN data_dir text NOT NULL DEFAULT '';
