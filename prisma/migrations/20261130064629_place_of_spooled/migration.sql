-- What a spool brought in late stands behind the delivery of this number in its conversation, and among others there by the
-- time of receipt; null: where its own number says.
ALTER TABLE deliveries ADD COLUMN place bigint;
