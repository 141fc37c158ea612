import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';

const STATES = [
  ...['operational', 'degraded_performance', 'partial_outage', 'major_outage', 'under_maintenance'],
] as const;
const Incident = z
  .strictObject({
    name: z.string().min(1),
    status: z.enum(['investigating', 'identified', 'monitoring', 'resolved']),
    body: z.string().min(1),
    components: z.record(z.string(), z.enum(STATES)).optional(),
    component_ids: z.array(z.string()).optional(),
    deliver_notifications: z.boolean(),
    metadata: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
  })
  .refine(
    ({ components, component_ids }) => String(Object.keys(components ?? {})) === String(component_ids ?? []),
  );

/** https://developer.statuspage.io/#operation/patchPagesPageIdIncidentsIncidentIdIncidentUpdatesIncidentUpdateId */
const Edit = z.strictObject({ body: z.string().min(1), deliver_notifications: z.literal(false) });

interface Kept {
  id: string;
  name: string;
  status: string;
  metadata: unknown;
  incident_updates: {
    id: string;
    status: string;
    body: string;
    affected_components?: { code: string; name: string; new_status: string }[];
  }[];
}

/** Statuspage's API as https://developer.statuspage.io has it: what breaks its convention is refused, and listed. */
export async function startStatuspage({ key, page }: { key: string; page: string }) {
  const components = [
    { id: 'c0chat', name: 'chat', status: 'operational' },
    { id: 'c0mail', name: 'E-mail', status: 'operational' },
  ];
  /** Somebody else's incident is there already. */
  const incidents: Kept[] = [
    {
      ...{ id: 'x0other', name: 'Chat does not work', status: 'investigating', metadata: {} },
      incident_updates: [{ id: 'u', status: 'investigating', body: 'x' }],
    },
  ];
  const refused: string[] = [];
  const calls: string[] = [];
  let next: { status: number; body: string; headers?: Record<string, string> } | null = null;
  let swallow = false;

  function answer(request: IncomingMessage, text: string): { status: number; body: unknown } {
    const { method = '', url = '', headers } = request;
    const wrong = (status: number, error: string) => {
      refused.push(`${method} ${url}: ${error}`);
      return { status, body: { error } };
    };
    if (headers.authorization !== `OAuth ${key}`) return wrong(401, 'Could not authenticate');
    const { pathname } = new URL(url, 'http://stub');
    const [, version, pages, id, what, incidentId, ...rest] = pathname.split('/');
    if (version !== 'v1' || pages !== 'pages' || id !== page || ![0, 2].includes(rest.length))
      return wrong(404, 'Not found');
    if (method === 'GET' && what === 'components') return { status: 200, body: components };
    if (method === 'GET' && what === 'incidents') return { status: 200, body: incidents };
    if (what !== 'incidents') return wrong(404, 'Not found');
    if (headers['content-type'] !== 'application/json') return wrong(422, 'no JSON');
    if (rest.length > 0) {
      const edit = z.strictObject({ incident_update: Edit }).safeParse(JSON.parse(text));
      const its = incidents
        .find((one) => one.id === incidentId)
        ?.incident_updates.find((one) => one.id === rest[1]);
      if (method !== 'PATCH' || rest[0] !== 'incident_updates' || !its) return wrong(404, 'Not found');
      if (!edit.success) return wrong(422, edit.error.message);
      its.body = edit.data.incident_update.body;
      return { status: 200, body: its };
    }
    const sent = z.strictObject({ incident: Incident }).safeParse(JSON.parse(text));
    if (!sent.success) return wrong(422, sent.error.message);
    const { incident } = sent.data;
    const known = incidents.find((one) => one.id === incidentId);
    if (method === 'PATCH' ? !known : method !== 'POST') return wrong(404, 'Not found');
    for (const [component, status] of Object.entries(incident.components ?? {})) {
      const named = components.find((one) => one.id === component);
      if (!named) return wrong(422, `no component ${component}`);
      named.status = status;
    }
    const own: Kept = known ?? {
      ...{ id: `i${incidents.length}`, name: '', status: '', metadata: incident.metadata },
      incident_updates: [],
    };
    if (!known) incidents.unshift(own);
    own.name = incident.name;
    own.status = incident.status;
    own.incident_updates.unshift({
      ...{ id: `u${own.incident_updates.length}`, status: incident.status, body: incident.body },
      affected_components: Object.entries(incident.components ?? {}).map(([code, new_status]) => ({
        ...{ code, new_status },
        name: components.find(({ id }) => id === code)!.name,
      })),
    });
    return { status: known ? 200 : 201, body: own };
  }

  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      calls.push(`${request.method} ${request.url}`);
      if (next) {
        const { status, body, headers } = next;
        next = null;
        response.writeHead(status, headers).end(body);
        return;
      }
      const { status, body } = answer(request, text);
      // Done, and the answer is lost on its way.
      if (swallow && request.method !== 'GET') {
        swallow = false;
        request.socket.destroy();
        return;
      }
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    ...{ incidents, components, refused, calls },
    /** What the next call is answered with. */
    answerOnce(answered: NonNullable<typeof next>) {
      next = answered;
    },
    /** The next change is made, and its answer lost. */
    loseAnswer() {
      swallow = true;
    },
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
