import type { ChatwootAnswer, ChatwootClient } from '../../../lib/chatwoot-client.server.ts';
import type { Hook } from '../../intake/credentials/hook.ts';
import { leadsElsewhere, leadsHere, withToken } from './address.ts';

/** An API inbox of Chatwoot with a webhook of its own; an earlier address of ours: `url`. */
export interface InboxAtUrl {
  id: number;
  name: string;
  url: string;
}

/**
 * The webhooks of API inboxes that lead here: each signs with its inbox's own secret, and Chatwoot marks the customer's
 * message as failed when we refuse it.
 * @param token put into the address where Chatwoot (before 4.13) does not sign
 */
export async function adoptInboxes(
  client: ChatwootClient,
  { target, token }: { target: string; token: string },
): Promise<ChatwootAnswer<{ hooks: Hook[]; names: string[]; elsewhere: InboxAtUrl[] }>> {
  const listed = await client.listInboxes();
  if (listed.outcome !== 'ok') return listed;
  const hooks: Hook[] = [];
  const names: string[] = [];
  const elsewhere: InboxAtUrl[] = [];
  for (const { id, name, api } of listed.value) {
    const url = api?.webhookUrl;
    if (!api || !url) continue;
    if (leadsElsewhere(url, target)) elsewhere.push({ id, name, url });
    if (!leadsHere(url, target)) continue;
    if (!api.secret && url !== withToken(target, token)) {
      const changed = await client.setInboxWebhook(id, withToken(target, token));
      if (changed.outcome !== 'ok') return changed;
    }
    const proof = api.secret ? 'signature' : 'token';
    hooks.push({ kind: 'api_inbox', hookId: String(id), proof, secret: api.secret ?? token });
    names.push(name);
  }
  return { outcome: 'ok', value: { hooks, names, elsewhere } };
}
