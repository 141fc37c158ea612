import { type Lull, outageRange } from '../incidents/outage-clock.ts';

/** The time that is counted: from the start until the impact ended, without the times in which it worked. */
export interface ImpactSpan {
  from: Date;
  to: Date;
  /** Those times, as a `tstzmultirange`. */
  outage: string;
  now: Date;
}

/** What an outage did to customers, counted from the record. */
export interface Impact {
  from: Date;
  /** Its recovery, else its resolution, else now. */
  to: Date;
  /** Conversations whose events were late, dead or missing, or whose customers waited meanwhile. */
  conversations: number;
  /** Customers who were not answered in time, of those who waited in that time; null: not known. */
  breaches: number | null;
  /** Tickets kept by hand whose customers waited in that time, and how many of them not answered in time: a part of `breaches`. */
  byHand: { tickets: number; breaches: number };
  /** Messages that never arrived by themselves and were fetched from Chatwoot. */
  reconciled: number;
  /** Events of that time that have not reached the Agent service: held, waiting for a retry or for a decision, or dead letters. */
  undelivered: number;
  /** Events of that time that somebody discarded. */
  discarded: number;
  /** Chatwoot's messages of that time were compared with what arrived: nothing is missing unseen. */
  compared: boolean;
}

/** One conversation and what happened to it. */
export interface AffectedConversation {
  key: string;
  /** Its events were late by more than a minute, or still wait. */
  late: boolean;
  /** Events of it became dead letters. */
  dead: boolean;
  /** Messages of it never arrived and were fetched. */
  reconciled: boolean;
  /** Its customer waited for an answer meanwhile. */
  waited: boolean;
  /** Not answered within the target. */
  breached: boolean;
}

/** The time in which an incident harmed customers, as far as it is over. */
export const spanOfImpact = (
  incident: { startedAt: Date; recoveredAt: Date | null; resolvedAt: Date | null; lulls: readonly Lull[] },
  now: Date,
): ImpactSpan => {
  const from = incident.startedAt;
  const to = incident.recoveredAt ?? incident.resolvedAt ?? now;
  return { from, to, outage: outageRange({ from, to, lulls: incident.lulls }), now };
};
