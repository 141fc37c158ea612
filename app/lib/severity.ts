/** The runbook's severity levels. */
export const SEVERITIES = ['P0', 'P1', 'P2'] as const;

export type Severity = (typeof SEVERITIES)[number];

/** @returns null for what is none */
export const parseSeverity = (text: string | null): Severity | null =>
  SEVERITIES.find((severity) => severity === text) ?? null;

/** What each level means, as the runbook says it. */
export const SEVERITY_MEANING: Record<Severity, string> = {
  P0: 'Critical: support is down, customers cannot contact us',
  P1: 'High: part of support is down, e.g. AI drafts are missing but people can answer',
  P2: 'Medium: something that customers do not notice at once has failed',
};

/** Whether `a` is worse than `b`. */
export const isWorse = (a: Severity, b: Severity): boolean => a < b;
