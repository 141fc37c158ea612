-- Telling customers is part of a drill: when the first text was published in its world, and by whom.
-- See docs/decisions/0014-drill.md.
ALTER TABLE drill_runs ADD COLUMN published_at timestamptz(3);
ALTER TABLE drill_runs ADD COLUMN published_by text;
ALTER TABLE drill_acts DROP CONSTRAINT drill_acts_act_check;
ALTER TABLE drill_acts ADD CONSTRAINT drill_acts_act_check
  CHECK (act IN ('acknowledge', 'publish', 'fallback_on', 'fallback_off', 'repair', 'end'));
