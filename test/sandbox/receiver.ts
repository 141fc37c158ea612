import type { IncomingHttpHeaders } from 'node:http';
import { readBody, startHttpServer } from '../../app/sandbox/sandbox-server.ts';

export interface Receiver {
  url: string;
  got: { headers: IncomingHttpHeaders; body: string; method: string | undefined }[];
  stop(): Promise<void>;
}

/** Takes webhooks down word for word. @param status what it answers; null: it never answers */
export async function startReceiver(status: number | null = 200): Promise<Receiver> {
  const got: Receiver['got'] = [];
  const server = await startHttpServer(async (request, response) => {
    got.push({
      headers: request.headers,
      method: request.method,
      body: (await readBody(request)).toString(),
    });
    if (status !== null) response.writeHead(status).end();
  });
  return { url: server.url, got, stop: () => server.shut() };
}
