/**
 * Makes many calls share an expensive flush: those made while one runs wait for the next one, which covers them
 * all. When a flush fails, those that wait behind it fail too, instead of waiting for a time-out of their own.
 * @param flush covers everything that happened before it was called
 */
export function shareFlush(flush: () => Promise<void>): () => Promise<void> {
  let waiting: { resolve: () => void; reject: (error: unknown) => void }[] = [];
  let running = false;

  async function run() {
    running = true;
    while (waiting.length > 0) {
      let group = waiting;
      waiting = [];
      try {
        await flush();
        for (const one of group) one.resolve();
      } catch (error) {
        group = [...group, ...waiting];
        waiting = [];
        for (const one of group) one.reject(error);
      }
    }
    running = false;
  }

  return () =>
    new Promise((resolve, reject) => {
      waiting.push({ resolve, reject });
      if (!running) void run();
    });
}
