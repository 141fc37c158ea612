import type { ChatwootAnswer } from '../../lib/chatwoot/answer.ts';
import { callPatiently, type Patience } from '../../lib/chatwoot/call-patiently.server.ts';
import type { ChatwootContact } from '../../lib/chatwoot/contacts.server.ts';
import type { MergeClient } from './open-merge-client.server.ts';

/** How a contact without an address is found again; names are no identity: two customers may have the same. */
export const contactIdentifier = (marker: string): string => `outage-ticket-${marker}`;

/** Pages of 15 looked through; Chatwoot lets 100 searches a minute through. */
const PAGES = 40;

/** The customer of a ticket in Chatwoot, by address, else by what an earlier try left; null when there is none. */
export async function findContact(
  client: Pick<MergeClient, 'searchContacts'>,
  { email, marker }: { email: string | null; marker: string },
  patience?: Patience,
): Promise<ChatwootAnswer<ChatwootContact | null>> {
  const wanted = (email ?? contactIdentifier(marker)).toLowerCase();
  // The search finds every address that contains the one wanted, and not that one first.
  for (let page = 1; page <= PAGES; page += 1) {
    const answer = await callPatiently(() => client.searchContacts(wanted, page), patience);
    if (answer.outcome !== 'ok') return answer;
    const found = answer.value.find((contact) =>
      email === null ? contact.identifier === wanted : contact.email?.toLowerCase() === wanted,
    );
    if (found) return { outcome: 'ok', value: found };
    if (answer.value.length === 0) break;
  }
  return { outcome: 'ok', value: null };
}
