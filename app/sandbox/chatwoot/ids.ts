/** 1 January 2026. */
const IDS_SINCE = 1_767_225_600_000;

/**
 * First ids of a sandbox started at a time (unix milliseconds): above every id of one started earlier, as long as that
 * one made fewer than a conversation and ten messages a second.
 */
export function idsAfter(startedAt: number) {
  const seconds = Math.max(1, Math.floor((startedAt - IDS_SINCE) / 1000));
  return { conversation: seconds, message: seconds * 10, contact: seconds };
}
