/** Messages of one time in fallback mode are one thread; its number follows. */
export const THREAD = 'fallback-';

export const threadOf = (runId: number): string => `${THREAD}${runId}`;
