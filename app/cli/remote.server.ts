import { fail } from './with-services.server.ts';

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
 * @param token from `--token`; else OUTAGE_CENTER_TOKEN, which other users of the machine cannot read from the command line
 */
export function connectRemote(url: string, token: string | undefined): Remote {
  const bearer = token ?? process.env.OUTAGE_CENTER_TOKEN?.trim();
  if (!bearer)
    fail('A remote app needs an API token: put it into OUTAGE_CENTER_TOKEN, or give it with --token.');
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    fail(`--url is no address: give something like https://outage.example.com, not "${url}".`);
  const headers = { Accept: 'application/json', Authorization: `Bearer ${bearer}` };
  const ask = async (path: string, init: RequestInit): Promise<unknown> => {
    const response = await fetch(new URL(path, url), {
      ...init,
      // A redirect would carry the token to wherever it leads.
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch((error: unknown) => {
      const cause = (error as Error).cause;
      const why = cause instanceof Error ? cause.message : String(error);
      throw new RemoteRefusal(`${url} does not answer: ${why}`, null, null);
    });
    const body = parseWithDates(await response.text());
    if (response.ok) return body;
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

/** Runs a command against a remote app and ends the process with the code it returns; a refusal is one line and code 1. */
export async function runRemote(command: () => Promise<number>): Promise<never> {
  try {
    process.exit(await command());
  } catch (error) {
    if (error instanceof RemoteRefusal) fail(error.message);
    throw error;
  }
}
