/**
 * Runs a benchmark and then, whatever happened, undoes what it started, last first.
 * @param work calls `later` with the way to stop each thing as soon as it runs
 */
export async function withCleanup<T>(
  work: (later: (undo: () => Promise<unknown>) => void) => Promise<T>,
): Promise<T> {
  const undos: (() => Promise<unknown>)[] = [];
  try {
    return await work((undo) => undos.push(undo));
  } finally {
    for (const undo of undos.toReversed()) {
      await undo().catch((error: unknown) => process.stderr.write(`cleaning up: ${String(error)}\n`));
    }
  }
}
