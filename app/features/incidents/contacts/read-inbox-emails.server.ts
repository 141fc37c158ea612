import type { Services } from '../../../lib/services.server.ts';

/** Inboxes of Chatwoot by the addresses whose e-mails become their conversations, as last listed; empty before. */
export async function readInboxEmails({ db }: Pick<Services, 'db'>): Promise<ReadonlyMap<string, string>> {
  const { rows } = await db.pool.query<{ email: string; name: string }>(
    `SELECT email, inbox->>'name' AS name
     FROM inbox_list, jsonb_array_elements(inboxes) AS inbox, jsonb_array_elements_text(inbox->'emails') AS email`,
  );
  return new Map(rows.map(({ email, name }) => [email, name]));
}

/** What is wrong with an address; null when it is no inbox's. */
export function inboxProblem(address: string, inboxes: ReadonlyMap<string, string>): string | null {
  const name = inboxes.get(address.toLowerCase());
  return name === undefined
    ? null
    : `${address} is the inbox “${name}” of Chatwoot: a message there becomes a customer’s conversation, in what may be down. Give another address.`;
}
