-- What admins changed of the alert rules: a threshold of their own, and until when a rule calls nobody.
CREATE TABLE "alert_thresholds" (
  "rule" TEXT NOT NULL,
  "value" DOUBLE PRECISION NOT NULL CHECK (value >= 0 AND value < 'Infinity'),
  "changed_at" TIMESTAMPTZ(3) NOT NULL,
  "changed_by" TEXT NOT NULL,
  CONSTRAINT "alert_thresholds_pkey" PRIMARY KEY ("rule")
);

CREATE TABLE "alert_mutes" (
  "rule" TEXT NOT NULL,
  "until" TIMESTAMPTZ(3) NOT NULL,
  "reason" TEXT NOT NULL,
  "muted_at" TIMESTAMPTZ(3) NOT NULL,
  "muted_by" TEXT NOT NULL,
  CONSTRAINT "alert_mutes_pkey" PRIMARY KEY ("rule")
);
