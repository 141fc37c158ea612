-- Who did what: append-only, and each row's hash covers the row before it, so that a changed, removed, inserted or
-- reordered row shows. `npm run ops:verify-audit` recomputes the hashes with a statement of its own.
CREATE TABLE audit_log (
  id           bigint PRIMARY KEY,
  at           timestamptz(3) NOT NULL,
  actor_id     text NOT NULL,
  actor_name   text NOT NULL,
  actor_role   text NOT NULL,
  via          text NOT NULL CHECK (via IN ('session', 'token', 'cli', 'form', 'system')),
  from_address text,
  action       text NOT NULL,
  target       text NOT NULL,
  before       jsonb,
  after        jsonb,
  reason       text,
  prev_hash    bytea NOT NULL,
  hash         bytea NOT NULL
);
CREATE INDEX audit_log_action ON audit_log (action, id);
CREATE INDEX audit_log_at ON audit_log (at);

-- End of the chain. Its row lock lets one transaction after the other append; numbers have no gaps.
CREATE TABLE audit_head (
  one  boolean PRIMARY KEY DEFAULT true CHECK (one),
  id   bigint NOT NULL,
  hash bytea NOT NULL
);
INSERT INTO audit_head (id, hash) VALUES (0, decode(repeat('00', 32), 'hex'));

CREATE FUNCTION chain_audit_row() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  head audit_head%ROWTYPE;
BEGIN
  SELECT * INTO STRICT head FROM audit_head FOR UPDATE;
  NEW.id := head.id + 1;
  NEW.prev_hash := head.hash;
  -- A JSON array is unambiguous: no two rows have the same text, and null is not 'null'.
  NEW.hash := sha256(NEW.prev_hash || convert_to(jsonb_build_array(
    NEW.id, to_char(NEW.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    NEW.actor_id, NEW.actor_name, NEW.actor_role, NEW.via, NEW.from_address,
    NEW.action, NEW.target, NEW.before, NEW.after, NEW.reason)::text, 'UTF8'));
  UPDATE audit_head SET id = NEW.id, hash = NEW.hash;
  RETURN NEW;
END $$;
CREATE TRIGGER audit_log_chain BEFORE INSERT ON audit_log
  FOR EACH ROW EXECUTE FUNCTION chain_audit_row();

CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- The head is moved by the trigger of an appended row, never by a statement of its own.
  IF TG_TABLE_NAME = 'audit_head' AND TG_OP = 'UPDATE' AND pg_trigger_depth() > 1 THEN
    RETURN NULL;
  END IF;
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$;
CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER audit_head_append_only BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON audit_head
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
