import { CHATWOOT_AHEAD } from '../../lib/chatwoot/clock.server.ts';

/**
 * Whether a conversation is the one of a canary's run, in SQL. One that was made after the run was over only bears its number:
 * Chatwoot was put back from a backup and gave it out again, to a customer.
 * @param conversation alias of a row of `conversations`; nothing but the number counts where there is none
 * @param run alias of a row of `canary_runs`
 */
export const isOfCanary = (conversation: string, run: string) =>
  `COALESCE(${conversation}.created_at <= ${run}.finished_at + ${CHATWOOT_AHEAD} + interval '1 minute', true)`;
