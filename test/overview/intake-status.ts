import type { IntakeStatus } from '../../app/features/intake/intake.ts';

/** An intake with nothing special about it. */
export const QUIET_INTAKE: IntakeStatus = {
  spooled: 0,
  spooledSince: null,
  inUse: false,
  quarantined: 0,
  rejected: [],
  late: 0,
  open: false,
  credentials: 'known',
};
