import type { Actor } from '../audit/actor.ts';
import type { Permission } from './permissions.ts';

/** Who makes a request, and what they may do. */
export interface Asker extends Actor {
  permissions: readonly Permission[];
  /** Of the people table; null for a token. */
  personId: string | null;
  email: string | null;
  /** Of the session that asks; null for a token. */
  sessionToken: string | null;
  /** Their role asks for a second factor that they do not have: till then they may do what a viewer may. */
  needsSecondFactor?: boolean;
  /** Known from memory, because the database is away: what they lack is the database, not the role. */
  isRecalled?: boolean;
}

/** Whether somebody holds a right beside the one that the route asked for. */
export const holds = (asker: Asker, permission: Permission): boolean =>
  asker.permissions.includes(permission);
