/** Runs actions one after the other, in the order asked for. */
export type TakeTurns = <T>(action: () => Promise<T>) => Promise<T>;

export function takeTurns(): TakeTurns {
  let last: Promise<unknown> = Promise.resolve();
  return (action) => {
    const mine = last.then(action);
    last = mine.catch(() => undefined);
    return mine;
  };
}
