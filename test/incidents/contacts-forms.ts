import { changeContactsByForm } from '../../app/features/incidents/escalation/change-contacts-by-form.server.ts';
import {
  readContactGaps,
  readContactsPage,
} from '../../app/features/incidents/escalation/read-contacts.server.ts';
import { person } from '../support/person.ts';
import { createNotifyWorld, START } from '../notify/notify-world.ts';

const CHATWOOT = {
  AGENT_SDK_URL: 'http://127.0.0.1:9',
  CHATWOOT_BASE_URL: 'https://chat.example.com',
  CHATWOOT_ACCOUNT_ID: '1',
  CHATWOOT_API_TOKEN: 'token',
};

export type ContactsForms = Awaited<ReturnType<typeof openContactsForms>>;

/** The page "Contacts" without its looks: what an admin sends, and what is read; over a notifier's world of its own. */
export async function openContactsForms(env: Record<string, string> = {}) {
  const world = await createNotifyWorld({ ...CHATWOOT, ...env });
  const send = (fields: Record<string, string | string[]>, now = START) =>
    changeContactsByForm(world.services, {
      fields: new URLSearchParams(
        Object.entries(fields).flatMap(([name, values]) => [values].flat().map((value) => [name, value])),
      ),
      actor: person('Nora'),
      now,
    });
  const page = (params: Record<string, string> = {}, mayChange = false) =>
    readContactsPage(world.services, new URLSearchParams(params), START, { mayChange });
  const contactOf = async (role: string) => (await page()).contacts.find((one) => one.role === role)!;
  /** Of a contact as it is now: what a form about it names. */
  const targetOf = async (role: string) => {
    const { id, version } = await contactOf(role);
    return { id: String(id), version: String(version) };
  };
  return {
    world,
    send,
    page,
    contactOf,
    targetOf,
    addChannel: async (role: string, fields: Record<string, string>) =>
      send({ do: 'add-channel', ...(await targetOf(role)), ...fields }),
    gaps: () => readContactGaps(world.services),
    async audited() {
      const { rows } = await world.services.db.pool.query<{
        action: string;
        target: string;
        before: unknown;
        after: unknown;
      }>('SELECT action, target, before, after FROM audit_log ORDER BY id');
      return rows;
    },
    close: () => world.close(),
  };
}
