/** What an investigation looks at: the runbook's steps "Immediate response" and "Investigation", sections 1 and 2. */
export const INVESTIGATIONS = [
  'scope',
  'connectivity',
  'dependencies',
  'signature',
  'deliveries',
  'agent_endpoint',
] as const;
export type Investigation = (typeof INVESTIGATIONS)[number];

/** One thing that was looked at, and what to do about it. */
export interface Finding {
  /** `arrival`: whether messages arrive, which is looked into beside these (app/features/arrival/look). */
  what: Investigation | 'arrival';
  title: string;
  ok: boolean;
  /** A sentence or two with numbers and UTC times; never a secret. */
  evidence: string;
  /** What to do next; null when nothing is wrong. */
  nextStep: string | null;
}
