import type { IncidentStatus } from '../incidents/incident-view.ts';
import type { Severity } from '../notify/severity.ts';

/** What the recovery gate needs to know of an incident. */
export interface GatedIncident {
  id: number;
  title: string;
  cause: string;
  severity: Severity;
  status: IncidentStatus;
  startedAt: Date;
  openedAt: Date;
  recoveredAt: Date | null;
  resolvedAt: Date | null;
  /** Why it was resolved before its recovery was proved. */
  overrideReason: string | null;
  /** What its alerts that have not cleared said when they fired. */
  stillFiring: string[];
  deliveryClearedAt: Date | null;
  speed: number;
}
