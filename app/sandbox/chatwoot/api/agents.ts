import type { ChatwootStore } from '../store/store.ts';
import { notFound, ok, type ApiAnswer } from './answer.ts';
import { restAgent } from './shapes/people.ts';

/** GET `/agents`; DELETE `/agents/{id}`, after which nothing tells of what that agent had. */
export function answerAgents(store: ChatwootStore, method: string, path: string[]): ApiAnswer | null {
  if (path.length === 0) {
    const agents = store.agents.map((agent) => restAgent(store.place, agent));
    return method === 'GET' ? ok(agents) : null;
  }
  if (method !== 'DELETE' || path.length > 1) return null;
  if (!store.agents.some(({ id }) => id === Number(path[0]))) return notFound();
  store.removeAgent(Number(path[0]));
  return ok();
}

/** GET `/assignable_agents?inbox_ids[]=`: who sees the conversations of all of these inboxes. */
export function listAssignable(store: ChatwootStore, query: URLSearchParams): ApiAnswer {
  const wanted = query.getAll('inbox_ids[]').map(Number);
  const inboxes = store.inboxes.filter(({ id }) => wanted.includes(id));
  if (inboxes.length < wanted.length) return notFound();
  const may = store.agents.filter((agent) => inboxes.every((inbox) => store.maySee(agent, inbox)));
  return ok({ payload: may.map((agent) => restAgent(store.place, agent)) });
}
