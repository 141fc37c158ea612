import type { Services } from '../../lib/services.server.ts';
import type { Severity } from '../notify/severity.ts';
import { escalationLadder } from './escalation-ladder.ts';
import type { LadderRow } from './incident-view.ts';
import { readContacts, readPolicy } from './read-ladder.server.ts';

/**
 * Who would be told when, if an outage of this kind began now: shows the gaps before an outage does.
 * @param imagined.cause `chatwoot`, `delivery`, `intake`, … as in the policy's steps
 */
export async function previewLadder(
  { config, db }: Services,
  imagined: { severity: Severity; cause: string; acknowledged?: boolean },
  now: Date,
): Promise<LadderRow[]> {
  const [policy, contacts] = await Promise.all([readPolicy(db.pool, null), readContacts(db.pool, config)]);
  return escalationLadder({ ...imagined, startedAt: now, over: false }, policy, contacts, [], {
    hosting: config.CHATWOOT_HOSTING,
    speed: 1,
    acknowledged: imagined.acknowledged ?? false,
  });
}
