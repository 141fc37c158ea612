import type { Logger } from '../log.server.ts';
import type { DatabaseStatus, Trouble } from './trouble.ts';

export interface StatusKeeper {
  current(): DatabaseStatus;
  /** @param code of the failure, for the log: SQLSTATE, or node's */
  become(state: DatabaseStatus['state'], trouble?: Trouble, code?: string): void;
  warn(warnings: readonly Trouble[]): void;
  onChange(listener: (status: DatabaseStatus) => void): void;
}

/** The same trouble is told again in the log only after so long, ms. */
const AGAIN_MS = 600_000;

/** How the database stands, told to whoever listens when it changes, and in the log sparingly. */
export function keepStatus(log: Logger, now: () => Date): StatusKeeper {
  const listeners: ((status: DatabaseStatus) => void)[] = [];
  const toldAt = new Map<string, number>();
  let status: DatabaseStatus = { state: 'starting', since: now(), warnings: [] };

  function tell({ kind, sentence, cure }: Trouble, code?: string) {
    const at = performance.now();
    if (at - (toldAt.get(sentence) ?? -Infinity) < AGAIN_MS) return;
    toldAt.set(sentence, at);
    log.warn({ database: status.state, cause: kind, code, cure }, sentence);
  }

  return {
    current: () => status,
    become(state, trouble, code) {
      const changed = status.state !== state;
      const { trouble: _before, ...rest } = status;
      status = { ...rest, state, ...(changed && { since: now() }), ...(trouble && { trouble }) };
      if (changed) log.info({ database: state }, 'database');
      // When it fails again after it has been there, that is news.
      if (state === 'up') toldAt.clear();
      if (trouble) tell(trouble, code);
      if (changed) for (const listener of listeners) listener(status);
    },
    warn(warnings) {
      status = { ...status, warnings };
      for (const warning of warnings) tell(warning);
    },
    onChange: (listener) => void listeners.push(listener),
  };
}
