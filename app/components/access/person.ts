import { useRouteLoaderData } from '@remix-run/react';
import type { Permission } from '../../features/access/permissions.ts';

/** Who is signed in, as the root's loader tells. */
export interface Person {
  name: string;
  role: string;
  permissions: Permission[];
  /** Their role asks for a second factor that they have not turned on. */
  needsSecondFactor?: boolean;
}

export function usePerson(): Person | null {
  const data: unknown = useRouteLoaderData('root');
  return (data as { person?: Person | null } | undefined)?.person ?? null;
}

/** Whether to show what needs a right. The server asks again: this only spares people buttons that lead nowhere. */
export function useMay(permission: Permission): boolean {
  return usePerson()?.permissions.includes(permission) ?? false;
}
