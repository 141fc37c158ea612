import { openChatwootClient } from '../../../lib/chatwoot/chatwoot-client.server.ts';
import type { Services } from '../../../lib/services.server.ts';
import type { Actor } from '../../audit/actor.ts';
import { connectionProblem, inboxesUnreadable, registrationProblem } from './connect-words.server.ts';
import { connectChatwoot, type ConnectOutcome } from './connect.server.ts';
import type { RegisterNoticeCode } from './registration-words.ts';

type RegisterOutcome =
  | { outcome: 'registered'; how: 'created' | 'adopted' | 'updated'; webhook: number }
  /** `why` is a sentence for people, without secret or token. */
  | { outcome: Exclude<RegisterNoticeCode, 'registered'>; why: string };

/**
 * Registers our webhook in Chatwoot as `ops:connect-chatwoot` does, for the button of the page: one that was deleted is made
 * anew, one that was changed is completed, and its secret is taken over. Safe to repeat; on record in the audit log.
 * @throws when the database does not answer
 */
export async function registerAgain(services: Services, actor: Actor): Promise<RegisterOutcome> {
  const { config } = services;
  const { connection, APP_URL: appUrl } = config;
  const client = openChatwootClient(services);
  if (!connection || !client || !appUrl)
    return { outcome: 'not_connected', why: connectionProblem(config) ?? '' };
  const connect = () => connectChatwoot(services, client, { connection, appUrl, actor });
  let result = await connect();
  // Somebody else may have registered it between our reading of the list and our writing: then it is listed now.
  if (result.outcome === 'refused' && result.what.outcome === 'hidden') result = await connect();
  switch (result.outcome) {
    case 'connected':
      return {
        outcome: 'registered',
        how: result.registration.how,
        webhook: result.registration.webhook.id,
      };
    case 'inboxes_unreadable':
      return { outcome: 'inboxes_unreadable', why: inboxesUnreadable(result.what) };
    case 'refused':
      return { outcome: codeOf(result.what), why: registrationProblem(result.what, connection) };
  }
}

const codeOf = (what: Extract<ConnectOutcome, { outcome: 'refused' }>['what']) =>
  what.outcome === 'unauthorized' && what.suspended ? 'suspended' : what.outcome;
