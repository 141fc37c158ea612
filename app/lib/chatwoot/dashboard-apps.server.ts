import { exactId, type ExactId } from './exact-id.ts';
import { mapped, type ChatwootAnswer } from './answer.ts';
import type { ChatwootCall } from './call.server.ts';
import { fieldOf, listOf, textOf } from '../json.ts';

/** A page of another app beside the conversations. */
interface DashboardApp {
  id: ExactId;
  title: string;
  /** Of its frames. */
  urls: string[];
}

export interface DashboardAppCalls {
  listDashboardApps(): Promise<ChatwootAnswer<DashboardApp[]>>;
  createDashboardApp(app: { title: string; url: string }): Promise<ChatwootAnswer<DashboardApp>>;
  deleteDashboardApp(id: ExactId): Promise<ChatwootAnswer<null>>;
}

export function dashboardAppCalls(call: ChatwootCall, account: string): DashboardAppCalls {
  const path = `${account}/dashboard_apps`;
  return {
    async listDashboardApps() {
      return mapped(await call('GET', path), (json) => listOf(json, appOf));
    },
    async createDashboardApp({ title, url }) {
      const app = { title, content: [{ type: 'frame', url }] };
      return mapped(await call('POST', path, app), appOf);
    },
    async deleteDashboardApp(id) {
      return mapped(await call('DELETE', `${path}/${id}`), () => null);
    },
  };
}

function appOf(json: unknown): DashboardApp | undefined {
  const id = exactId(fieldOf(json, 'id'));
  const title = textOf(fieldOf(json, 'title'));
  const urls = listOf(fieldOf(json, 'content'), (frame) => textOf(fieldOf(frame, 'url')) ?? undefined);
  return id === null || title === null ? undefined : { id, title, urls: urls ?? [] };
}
