import type { Role } from '../audit/actor.ts';

/** The least role for each thing that can be asked for; what is not listed nobody may. */
const LEAST_ROLE = {
  'page.read': 'viewer',
  'texts.read': 'responder',
  'dead_letters.replay': 'responder',
  'dead_letters.discard': 'admin',
  'dead_letters.restore': 'admin',
  'sandbox.use': 'responder',
  'people.manage': 'admin',
  'tokens.manage': 'admin',
  'settings.manage': 'admin',
  'audit.read': 'admin',
} as const satisfies Record<string, Role>;

export type Permission = keyof typeof LEAST_ROLE;

const RANK: Record<Role, number> = { viewer: 1, responder: 2, admin: 3, operator: 4 };

/** Whether a role has a right; each role has those of the roles below it. */
export function may(role: Role, permission: Permission): boolean {
  return RANK[role] >= RANK[LEAST_ROLE[permission]];
}
