import type { ChatwootClient } from '../../../lib/chatwoot-client.server.ts';
import { failureWords } from '../../../lib/chatwoot/answer.ts';
import { callPatiently } from '../../../lib/chatwoot/call-patiently.server.ts';

/**
 * Whether the token's owner sees everything. To an agent Chatwoot answers 200 with what that agent may see: compared with
 * that, messages of others would look as if they did not exist.
 * @returns null when so; else why not, in words
 */
export async function checkAccess(client: ChatwootClient, signal?: AbortSignal): Promise<string | null> {
  const answer = await callPatiently(() => client.access(), { signal });
  if (answer.outcome !== 'ok') return failureWords(answer);
  const { member, role, status } = answer.value;
  if (!member) return "the access token's owner is no member of the account";
  if (status !== null && status !== 'active') return `Chatwoot says that the account is ${status}`;
  if (role === 'administrator') return null;
  return `the access token's owner is ${role === null ? 'no administrator' : `of the role "${role}"`} and sees only a part: put an administrator's token into CHATWOOT_API_TOKEN`;
}
