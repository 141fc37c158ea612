/** The server's time of a page in tests. */
export const AT = '2026-11-23T08:00:00.000Z';

/** A moment before `AT`, as ISO text. */
export const ago = (seconds: number) => new Date(Date.parse(AT) - seconds * 1000).toISOString();
