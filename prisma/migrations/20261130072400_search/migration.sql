-- Customers are found by the beginnings of their names' words. Names that are sealed cannot be; what a name can hold is cut at
-- 200 characters where it is stored, so that it always fits.
CREATE INDEX conversations_named ON conversations USING gin (to_tsvector('simple', customer_name))
  WHERE customer_name NOT LIKE 'sealed:%';
