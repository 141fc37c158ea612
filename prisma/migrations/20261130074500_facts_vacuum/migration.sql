-- Old facts go by the hundred thousand in an hour: whoever reads from the old end of their index passes by all of them until the
-- next vacuum, which with the server's default waits for a fifth of the table.
ALTER TABLE dashboard_facts SET (autovacuum_vacuum_scale_factor = 0.02);
