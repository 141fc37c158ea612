-- API tokens end. Those that never would have get three months from now, to be made anew in.
ALTER TABLE api_tokens ADD COLUMN expires_at timestamptz(3);
UPDATE api_tokens SET expires_at = now() + interval '90 days';
ALTER TABLE api_tokens ALTER COLUMN expires_at SET NOT NULL,
  ALTER COLUMN expires_at SET DEFAULT now() + interval '90 days';

-- Links to single sign-on may have been made by an e-mail address that nobody vouched for, and say nothing of the issuer:
-- each is made anew, by a verified address, at the next sign-in. What the provider gave us is not kept.
DELETE FROM sign_in_methods WHERE provider_id <> 'credential';
DELETE FROM sessions s WHERE NOT EXISTS (
  SELECT 1 FROM sign_in_methods m WHERE m.person_id = s.person_id AND m.provider_id = 'credential');
UPDATE sign_in_methods SET access_token = NULL, refresh_token = NULL, id_token = NULL,
  access_token_expires_at = NULL, refresh_token_expires_at = NULL;
ALTER TABLE sign_in_methods ADD CONSTRAINT no_provider_tokens
  CHECK (access_token IS NULL AND refresh_token IS NULL AND id_token IS NULL);

-- TRUNCATE passes by what guards each row.
CREATE TRIGGER dashboard_facts_not_truncated BEFORE TRUNCATE ON dashboard_facts
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_fact_change();
