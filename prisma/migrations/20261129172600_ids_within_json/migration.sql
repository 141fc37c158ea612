-- Pages, forms and JSON carry our ids as numbers, and from 2^53 on two of them would be the same one. A sequence that ends
-- there refuses the next row aloud; nobody gets there by counting.
DO $$
DECLARE one record;
BEGIN
  FOR one IN SELECT sequencename FROM pg_sequences WHERE schemaname = current_schema() AND max_value > 9007199254740991 LOOP
    EXECUTE format('ALTER SEQUENCE %I MAXVALUE 9007199254740991', one.sequencename);
  END LOOP;
END $$;
