-- By how much Chatwoot's clock is ahead of ours, read from the Date of its answers. One row; none: not measured yet.
CREATE TABLE chatwoot_clock (
  one         boolean PRIMARY KEY DEFAULT true CHECK (one),
  -- Milliseconds, negative when it is behind; it lies between the two others. Zero when these allow that.
  ahead_ms    double precision NOT NULL,
  low_ms      double precision NOT NULL,
  high_ms     double precision NOT NULL,
  measured_at timestamptz(3) NOT NULL
);
