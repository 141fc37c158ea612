import { createToken } from '../../app/features/access/tokens/api-tokens.server.ts';
import type { Permission } from '../../app/features/access/permissions.ts';
import type { Services } from '../../app/lib/services.server.ts';
import type { TestPerson } from '../support/sign-in.ts';

/** An API token of somebody. */
export async function makeToken(
  services: Services,
  owner: TestPerson,
  permissions: readonly string[],
): Promise<string> {
  const made = await createToken(services, {
    name: 'a test',
    permissions: permissions as Permission[],
    owner: {
      id: `person:${owner.id}`,
      name: owner.name,
      role: owner.role,
      via: 'session',
      from: null,
      permissions: [],
      personId: owner.id,
      email: owner.email,
      sessionToken: null,
    },
    now: new Date(),
  });
  return made!.token;
}
