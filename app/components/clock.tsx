import { createContext, useContext, useEffect, useState, type ReactNode } from 'react';

const NowContext = createContext(0);

/**
 * Gives everything inside the server's time. It starts at the moment the data was read, on the server and in the browser
 * alike (so that hydration matches), and then ticks every second; a wrong clock in the browser does no harm.
 */
export function Clock({ at, children }: { at: string; children: ReactNode }) {
  const [now, setNow] = useState(() => Date.parse(at));
  useEffect(() => {
    const ahead = Date.parse(at) - Date.now();
    setNow(Date.parse(at));
    const timer = setInterval(() => setNow(Date.now() + ahead), 1000);
    return () => clearInterval(timer);
  }, [at]);
  return <NowContext.Provider value={now}>{children}</NowContext.Provider>;
}

/** The server's time, ms since the epoch. */
export function useNow(): number {
  return useContext(NowContext);
}
