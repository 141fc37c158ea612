import type { Severity } from '../../../../lib/severity.ts';

/** For what a browser is woken. */
export interface DeviceChoices {
  severities: Severity[];
  /** Only when the ladder calls its person, and for what follows then; else by every incident of these severities. */
  onlyCalled: boolean;
}

/** A browser of somebody's that is woken when no page is open; dates are ISO texts. */
export interface DeviceView extends DeviceChoices {
  id: number;
  name: string;
  /** Of its subscription, by which a browser knows itself. */
  hash: string;
  createdAt: string;
  endedAt: string | null;
  endedBecause: string | null;
}

/** Where a browser is reached, and what it opens messages with; as it says itself. */
export interface Subscription {
  endpoint: string;
  keys: { p256dh: string; auth: string };
}

/** Keys of this app for all push services (RFC 8292), made once: a subscription is bound to them. */
export interface PushKey {
  publicKey: string;
  privateKey: string;
}

/** What a form about them came to. */
export type DeviceResult =
  | { outcome: 'device_done'; done: string }
  | { outcome: 'device_tested'; id: number; accepted: boolean; answer: string }
  | { outcome: 'problem'; problem: string; status: number };

const SYSTEMS: [RegExp, string][] = [
  [/iPhone/, 'iPhone'],
  [/iPad/, 'iPad'],
  [/Android/, 'Android'],
  [/Windows/, 'Windows'],
  [/Mac OS X/, 'Mac'],
  [/Linux|CrOS/, 'Linux'],
];
const BROWSERS: [RegExp, string][] = [
  [/Edg/, 'Edge'],
  [/Firefox/, 'Firefox'],
  [/Chrom/, 'Chrome'],
  [/Safari/, 'Safari'],
];

/** What a device is called, from how its browser introduces itself: "Chrome on Android". */
export function deviceName(userAgent: string): string {
  const find = (list: [RegExp, string][]) => list.find(([pattern]) => pattern.test(userAgent))?.[1];
  return `${find(BROWSERS) ?? 'A browser'} on ${find(SYSTEMS) ?? 'a device'}`;
}
