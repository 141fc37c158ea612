import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openIntake, type Intake } from '../../app/features/intake/open-intake.server.ts';
import type { Services } from '../../app/lib/services.server.ts';
import { webhookEndpoint } from '../../app/server/webhook-endpoint.ts';

export interface IntakeServer {
  intake: Intake;
  url: string;
  port: number;
  stop(): Promise<void>;
}

/** The webhook endpoint alone, on a server of its own. */
export async function startIntakeServer(services: Services): Promise<IntakeServer> {
  const intake = openIntake(services);
  const webhook = webhookEndpoint(intake, services);
  const server = createServer((request, response) => {
    if (!webhook(request, response)) response.writeHead(404).end();
  });
  // As the product's own: a connection that is kept is not closed just when something is sent over it.
  server.keepAliveTimeout = 65_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    intake,
    port,
    url: `http://127.0.0.1:${port}/api/webhooks/chatwoot`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await intake.stop();
    },
  };
}

export function sign(secret: string, timestamp: string, body: Buffer | string): string {
  return `sha256=${createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex')}`;
}

export function post(
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<{ status: number; headers: Headers; json: Record<string, unknown> }> {
  const bytes = Buffer.isBuffer(body)
    ? body
    : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: new Uint8Array(bytes),
  }).then(async (response) => ({
    status: response.status,
    headers: response.headers,
    json: (await response.json()) as Record<string, unknown>,
  }));
}
