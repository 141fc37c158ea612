import { useSyncExternalStore } from 'react';

const never = () => () => {};

/** false on the server and during hydration, true once the page is alive. */
export function useHydrated(): boolean {
  return useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
}
