import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from '../sandbox-server.ts';
import type { Conversation, Message } from './records.ts';
import type { ChatwootStore } from './store/store.ts';

const ADDRESS = /^\/app\/accounts\/(\d+)\/conversations\/(\d+)$/;

/**
 * The page of one conversation, as much of Chatwoot's own as the demo needs: somebody reads what was written, answers it
 * by hand and closes it.
 * @returns whether the request was for it
 */
export async function answeredByPage(
  store: ChatwootStore,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const [, account, id] = ADDRESS.exec(new URL(request.url ?? '/', 'http://chatwoot').pathname) ?? [];
  const conversation = Number(account) === store.place.account.id && store.conversations.get(Number(id));
  if (!conversation) return false;
  if (request.method !== 'POST') {
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end(pageOf(conversation, store));
    return true;
  }
  const form = new URLSearchParams((await readBody(request)).toString());
  answer(store, conversation, { text: form.get('text')?.trim() ?? '', resolves: form.has('resolve') });
  response.writeHead(303, { Location: request.url }).end();
  return true;
}

function answer(
  store: ChatwootStore,
  conversation: Conversation,
  { text, resolves }: { text: string; resolves: boolean },
): void {
  const agent = store.agents[0]!;
  if (text) {
    if (conversation.assignee === null) store.assign(conversation, agent);
    store.addMessage(conversation, { type: 'outgoing', content: text, private: false, sender: agent });
  }
  if (resolves) store.setStatus(conversation, 'resolved');
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string) => text.replaceAll(/[&<>"]/g, (sign) => ENTITIES[sign]!);

function lineOf({ type, content, private: isNote, sender }: Message): string {
  const who = sender?.name ?? 'Automatic';
  const what = isNote ? ', private note' : type === 'activity' ? ', activity' : '';
  return `<li class="${isNote ? 'note' : type}"><b>${escaped(who)}</b>${what}<br>${escaped(content ?? '')}</li>`;
}

function pageOf(conversation: Conversation, { place, agents }: ChatwootStore): string {
  const name = escaped(conversation.contact.name);
  return `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>${name}: conversation ${conversation.id}</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; max-width: 42rem; margin: 1.5rem auto; padding: 0 1rem }
ol { list-style: none; padding: 0 } li { margin: .5rem 0; padding: .5rem .75rem; border: 1px solid; border-radius: .5rem }
li.outgoing { margin-left: 15% } li.note { border-style: dashed }
textarea { width: 100%; box-sizing: border-box; font: inherit } button { font: inherit; padding: .4rem .8rem }
</style></head><body>
<p>Simulated Chatwoot of ${escaped(place.account.name)}, ${escaped((conversation.inbox ?? place.inbox).name)}</p>
<h1>${name}</h1><p>Conversation ${conversation.id}, ${conversation.status}</p>
<ol>${conversation.messages.map(lineOf).join('\n')}</ol>
<form method="post"><p><label>Answer as ${escaped(agents[0]?.name ?? 'an agent')}<br>
<textarea name="text" rows="4" autofocus></textarea></label></p>
<button>Send</button> <button name="resolve" value="1">Send and resolve</button></form>
</body></html>`;
}
