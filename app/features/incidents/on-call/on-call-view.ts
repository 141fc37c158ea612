/** Whom a role with a rotation stands for now. */
export interface OnCallNow {
  role: string;
  /** One, but for a gap. */
  names: string[];
  /** Why it is everybody with the role. */
  gap: string | null;
}

/** A rotation as the page shows it; moments are ISO texts. */
export interface RotationView {
  id: number;
  version: number;
  role: string;
  zone: string;
  startsOn: string;
  handOver: string;
  people: { id: number; name: string }[];
  now: OnCallNow;
  /** Whoever is on call now stands in for somebody. */
  isOverridden: boolean;
  /** From now on, for some weeks. */
  turns: { contactId: number; name: string; from: string; to: string; instead: boolean }[];
  overrides: { id: number; name: string; from: string; to: string }[];
  /** The reader's own secret address of its calendar. */
  calendar: string | null;
}

/** Turns are shown and can be swapped for so many weeks. */
export const TURNS_WEEKS = 12;
/** Somebody with more turns in a row would not be shown whole, and no team has so many. */
export const MOST_PEOPLE = 12;
