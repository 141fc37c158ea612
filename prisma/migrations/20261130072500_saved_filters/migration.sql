-- What somebody looks at again and again, by a name of theirs.
CREATE TABLE saved_filters (
  person_id text NOT NULL REFERENCES people (id) ON DELETE CASCADE,
  place text NOT NULL CHECK (place IN ('delivery', 'waiting', 'timeline')),
  name text NOT NULL,
  query text NOT NULL,
  saved_at timestamptz(3) NOT NULL,
  PRIMARY KEY (person_id, place, name)
);
