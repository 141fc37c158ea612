/** One call of the bench to a process that it started; every call gets one answer. */
export interface Call {
  id: number;
  verb: string;
  argument: unknown;
}

export type Answer = { id: number; result: unknown } | { id: number; error: string };

/** Answers the bench's calls by verb; the process ends when the bench does. */
export function answerCalls(verbs: Record<string, (argument: never) => unknown>): void {
  process.on('message', (message) => {
    const { id, verb, argument } = message as Call;
    void Promise.resolve()
      .then(() => verbs[verb]!(argument as never))
      .then(
        (result): Answer => ({ id, result }),
        (error: unknown): Answer => ({
          id,
          error: error instanceof Error ? (error.stack ?? error.message) : String(error),
        }),
      )
      .then((answer) => process.send?.(answer));
  });
  process.on('disconnect', () => process.exit());
  process.send?.('ready');
}
