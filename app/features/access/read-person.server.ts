import type { AppLoadContext } from '@remix-run/node';
import { identify } from './identify.server.ts';
import type { Permission } from './permissions.ts';

export interface SignedIn {
  name: string;
  role: string;
  permissions: Permission[];
  needsSecondFactor: boolean;
}

/** Who is signed in, as pages show it; null for nobody, for a program, and while nobody can be recognised. */
export async function readPerson(request: Request, context: AppLoadContext): Promise<SignedIn | null> {
  const who = await identify(request, context);
  if (who.outcome !== 'known' || who.asker.personId === null) return null;
  const { name, role, permissions, needsSecondFactor = false } = who.asker;
  return { name, role, permissions: [...permissions], needsSecondFactor };
}
