/** An item of a checklist as pages and the CLI show it: plain data, dates as ISO texts. */
export interface GateItem {
  key: string;
  title: string;
  done: boolean;
  /** When it was checked or ticked last. */
  at: string | null;
  /** Who ticked or started it; "Outage Center" for what the app checked. */
  by: string | null;
  /** What was seen, or, while it is not done, what is missing: a plain sentence. */
  evidence: string;
  durationMs: number | null;
  /** `app`: the app checks it; `canary`: the end-to-end canary proves it; `person`: somebody ticks it. */
  how: 'app' | 'canary' | 'person';
}

/** A tick by a person, or its withdrawal. */
export interface GateMark {
  item: string;
  done: boolean;
  at: Date;
  by: string;
  note: string | null;
}
