/** What a person may do; `operator` is whoever has the app's own machine or database. */
export type Role = 'viewer' | 'responder' | 'admin' | 'operator';

/** Who does something: what every verb that changes something takes, and what the audit log keeps of it. */
export interface Actor {
  /** The same for everything one person, token or machine user does, e.g. `cli:maria`. */
  id: string;
  /** For people, as it stands on pages and in facts. */
  name: string;
  role: Role;
  /** `message`: by a link in a message to them. */
  via: 'session' | 'token' | 'cli' | 'form' | 'message' | 'system';
  /** Address the request came from; null when it came over no network. */
  from: string | null;
}

/** The app itself, e.g. a careful replay that stops because too much fails again. */
export const SYSTEM: Actor = {
  id: 'system',
  name: 'Outage Center',
  role: 'operator',
  via: 'system',
  from: null,
};
