/** Where a message really goes: addresses and keys, looked up for one try and kept nowhere. */
export type Target =
  | { kind: 'slack'; url: string; guarded: boolean }
  | { kind: 'email'; smtpUrl: string; from: string; to: string }
  | { kind: 'pagerduty'; eventsUrl: string; routingKey: string }
  | { kind: 'webhook'; url: string; secret: string | null; guarded: boolean };
