/** A message as pages show it: who it is for, what became of it, and every try. Dates are ISO texts. */
export interface NotificationLine {
  id: number;
  /** What it was about; null: a test, or a warning that is no incident. */
  incidentId: number | null;
  to: string;
  channel: string;
  kind: string;
  state: 'queued' | 'accepted' | 'failed' | 'simulated' | 'folded';
  createdAt: string;
  finishedAt: string | null;
  attempts: number;
  /** What the other side answered last. */
  answer: string | null;
  /** Oldest first. */
  log: DeliveryLogLine[];
}

/** One entry of the delivery log. */
export interface DeliveryLogLine {
  at: string;
  state: 'queued' | 'sent' | 'accepted' | 'failed' | 'simulated' | 'folded';
  answer: string | null;
}
