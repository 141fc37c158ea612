/** Entries that an audit row names by number; the facts of discards and restores name every one. */
export const MAX_AUDITED = 100;

/** What an audit row says was changed, e.g. `dead letter 12` or `37 dead letters`. */
export function targetOf(ids: readonly number[], count: number): string {
  return count === 1 ? `dead letter ${ids[0]}` : `${count} dead letters`;
}
