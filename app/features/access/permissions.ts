import type { Actor, Role } from '../audit/actor.ts';

/** The least role for each thing that can be asked for; what is not listed nobody may. */
const LEAST_ROLE = {
  'page.read': 'viewer',
  'metrics.read': 'viewer',
  'account.own': 'viewer',
  'texts.read': 'responder',
  'dead_letters.replay': 'responder',
  'dead_letters.discard': 'admin',
  'dead_letters.restore': 'admin',
  'health.check': 'responder',
  'incidents.respond': 'responder',
  'fallback.toggle': 'responder',
  'tickets.write': 'responder',
  'backlog.assign': 'responder',
  'reconcile.run': 'responder',
  'gates.check': 'responder',
  'report.write': 'responder',
  'drill.run': 'responder',
  'contacts.manage': 'admin',
  'sandbox.use': 'responder',
  'people.manage': 'admin',
  'tokens.manage': 'admin',
  'settings.manage': 'admin',
  'audit.read': 'admin',
} as const satisfies Record<string, Role>;

export type Permission = keyof typeof LEAST_ROLE;

/** What an API token may be given: never the right to make people or tokens, nor anyone's own account. */
export const TOKEN_PERMISSIONS = [
  'page.read',
  'texts.read',
  'metrics.read',
  'dead_letters.replay',
  'dead_letters.discard',
  'dead_letters.restore',
  'health.check',
  'incidents.respond',
  'fallback.toggle',
  'reconcile.run',
  'audit.read',
] as const satisfies readonly Permission[];

const RANK: Record<Role, number> = { viewer: 1, responder: 2, admin: 3, operator: 4 };

/** Whether a role has a right; each role has those of the roles below it. */
function may(role: Role, permission: Permission): boolean {
  return RANK[role] >= RANK[LEAST_ROLE[permission]];
}

/** Every right of a role. */
export function permissionsOf(role: Role): Permission[] {
  return (Object.keys(LEAST_ROLE) as Permission[]).filter((permission) => may(role, permission));
}

/** The rights of a token: those it was given, as far as its owner's role still has them. */
export function permissionsOfToken(given: readonly string[], ownersRole: Role): Permission[] {
  return TOKEN_PERMISSIONS.filter((permission) => given.includes(permission) && may(ownersRole, permission));
}

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
