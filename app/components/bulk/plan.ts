/** Dry run of a replay as the browser gets it. */
export interface Plan {
  count: number;
  inOtherReplay: number;
  conversations: number;
  stale: { answered: number; resolved: number; newerDelivered: number; any: number };
  ratePerSecond: number | null;
  estimatedSeconds: number | null;
  sample: {
    id: number;
    event: string;
    conversation: string | null;
    cause: string | null;
    receivedAt: string;
    answeredSince: boolean;
  }[];
}
