import type { Services } from '../lib/services.server.ts';
import { fail, runWithServices } from './with-services.server.ts';

/** How long a remote app may take to answer, in ms. */
const TIMEOUT_MS = 30_000;

export interface Remote {
  /** @throws RemoteRefusal when the answer is no success */
  get(path: string): Promise<unknown>;
  /** Sends a form. @throws RemoteRefusal when the answer is no success */
  post(path: string, fields: URLSearchParams): Promise<unknown>;
}

/** The remote app said no, or did not answer; the message is a sentence for a person. */
export class RemoteRefusal extends Error {
  code: string | null;
  body: unknown;
  constructor(message: string, code: string | null, body: unknown) {
    super(message);
    this.code = code;
    this.body = body;
  }
}

/**
 * An app on another machine, acted on with an API token.
 * @param url http or https
 */
function connectRemote(url: string, token: string): Remote {
  const headers = { Accept: 'application/json', Authorization: `Bearer ${token}` };
  const ask = async (path: string, init: RequestInit): Promise<unknown> => {
    const response = await fetch(new URL(path, url), {
      ...init,
      // A redirect that is followed would carry the token to wherever it leads.
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch((error: unknown) => {
      throw notAnswered(url, error);
    });
    const location = response.headers.get('Location');
    if (response.status >= 300 && response.status < 400 && location)
      throw new RemoteRefusal(
        `${url} leads to ${new URL(location, url).origin}: give the address of the app itself with --url.`,
        null,
        null,
      );
    const text = await response.text().catch((error: unknown) => {
      throw notAnswered(url, error);
    });
    const body = parseWithDates(text);
    if (response.ok && body !== null) return body;
    if (response.ok)
      throw new RemoteRefusal(`${url} is no Outage Center: it answered something else.`, null, null);
    const { detail, code } = (body ?? {}) as { detail?: string; code?: string };
    throw new RemoteRefusal(detail ?? `${url} answered ${response.status}.`, code ?? null, body);
  };
  return {
    get: (path) => ask(path, { headers }),
    post: (path, fields) =>
      ask(path, {
        method: 'POST',
        headers: { ...headers, 'Content-Type': 'application/x-www-form-urlencoded' },
        body: fields.toString(),
      }),
  };
}

function notAnswered(url: string, error: unknown): RemoteRefusal {
  const { cause, message } = error as Error;
  return new RemoteRefusal(
    `${url} does not answer: ${cause instanceof Error && cause.message ? cause.message : message}`,
    null,
    null,
  );
}

const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** JSON with its times as Date objects, as the same figures come from the database; null when it is no JSON. */
function parseWithDates(text: string): unknown {
  try {
    return JSON.parse(text, (_key, value: unknown) =>
      typeof value === 'string' && ISO_TIME.test(value) ? new Date(value) : value,
    );
  } catch {
    return null;
  }
}

/**
 * Runs a command where its arguments say: in this machine's database, or through the app at `--url`. Ends the process
 * with the code it returns; a refusal is one line and code 1.
 */
export async function runHereOrRemote(
  where: { url?: string | undefined; token?: string | undefined },
  ways: { here: (services: Services) => Promise<number>; remote: (remote: Remote) => Promise<number> },
): Promise<never> {
  if (where.url === undefined) return runWithServices(ways.here);
  try {
    process.exit(await ways.remote(connectRemote(where.url, where.token ?? '')));
  } catch (error) {
    if (error instanceof RemoteRefusal) fail(error.message);
    fail(`${where.url} answered what this command does not understand: ${String(error)}`);
  }
}
