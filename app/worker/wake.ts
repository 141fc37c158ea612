/** Lets one loop sleep until it is woken or its time is up; a wake while it is busy is not lost. */
export interface Wake {
  now: () => void;
  sleep: (ms: number) => Promise<void>;
}

export function createWake(): Wake {
  let woken = false;
  let resolve: (() => void) | undefined;
  return {
    now() {
      woken = true;
      resolve?.();
    },
    async sleep(ms) {
      if (!woken) {
        let timer: NodeJS.Timeout | undefined;
        await new Promise<void>((done) => {
          resolve = done;
          timer = setTimeout(done, ms);
        });
        clearTimeout(timer);
      }
      resolve = undefined;
      woken = false;
    },
  };
}
