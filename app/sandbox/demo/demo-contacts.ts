import type { Notifications } from '../notifications/notifications.ts';

/** Who is told in the demo. Infrastructure is left out on purpose: a gap is to be seen. */
function demoContacts({ slack }: Notifications) {
  return [
    {
      role: 'Support Lead',
      name: 'Sam Ortiz',
      audience: 'responder',
      channels: [
        { kind: 'slack', address: slack.url },
        { kind: 'email', address: 'sam.ortiz@example.com' },
      ],
    },
    {
      role: 'Engineering Manager',
      name: 'Priya Nair',
      audience: 'responder',
      channels: [
        { kind: 'pagerduty', address: 'demo0demo0demo0demo0demo0demo0aa' },
        { kind: 'email', address: 'priya.nair@example.com' },
      ],
    },
    {
      role: 'CEO',
      name: 'Jo Lindqvist',
      audience: 'executive',
      channels: [{ kind: 'email', address: 'jo.lindqvist@example.com' }],
    },
  ];
}

interface ShownContact {
  id: number;
  version: number;
  role: string;
  channels: { id: string; kind: string; address: string }[];
}

/**
 * Names people for the runbook's roles through the app's own page, as an admin would. The simulated Slack listens
 * elsewhere each time the demo starts, so that address is kept up to date.
 * @param app its address, and the link that signs in
 * @param isFirstTime later on people stay as somebody has left them
 */
export async function nameDemoContacts(
  app: { url: string; signInUrl: string },
  notifications: Notifications,
  isFirstTime: boolean,
): Promise<void> {
  const { contacts, send } = await openContacts(app);
  for (const { channels, ...person } of demoContacts(notifications)) {
    const found = contacts.find(({ role }) => role === person.role);
    if (!found || found.channels.length > 0 || !isFirstTime) continue;
    await send(found, { do: 'edit-contact', ...person });
    for (const channel of channels) await send(found, { do: 'add-channel', ...channel });
  }
  for (const contact of contacts)
    for (const { id, kind, address } of contact.channels)
      if (kind === 'slack' && address.startsWith('127.0.0.1:'))
        await send(contact, { do: 'edit-channel', channel: id, kind, address: notifications.slack.url });
}

async function openContacts({ url, signInUrl }: { url: string; signInUrl: string }) {
  const page = `${url}/contacts`;
  const signedIn = await fetch(signInUrl, { redirect: 'manual' });
  await signedIn.body?.cancel();
  const cookies = signedIn.headers.getSetCookie().map((set) => set.split(';')[0]);
  const headers = { cookie: cookies.join('; ') };
  const read = await fetch(`${page}?_data=routes%2Fcontacts`, { headers });
  const { view } = (await read.json()) as { view: { contacts: ShownContact[] } };
  return {
    contacts: view.contacts,
    /** Each change makes a new version. */
    send: async (contact: ShownContact, fields: Record<string, string>) => {
      const body = new URLSearchParams({
        id: String(contact.id),
        version: String(contact.version),
        ...fields,
      });
      const response = await fetch(page, { method: 'POST', redirect: 'manual', headers, body });
      await response.body?.cancel();
      if (response.status !== 303) throw new Error(`answered ${response.status}`);
      contact.version += 1;
    },
  };
}
