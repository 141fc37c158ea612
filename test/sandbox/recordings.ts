import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../recordings/', import.meta.url));

export interface RecordedCall {
  name: string;
  request: { method: string; path: string; body?: unknown };
  response: { status: number; headers: Record<string, string>; body: unknown };
}

/** Request and answer of every call to a running 4.15.1, by name. */
export function recordedCalls(): RecordedCall[] {
  return readdirSync(`${ROOT}rest`)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => ({
      name: file.replace(/\.json$/, ''),
      ...(JSON.parse(readFileSync(`${ROOT}rest/${file}`, 'utf8')) as Omit<RecordedCall, 'name'>),
    }));
}

export interface RecordedWebhook {
  name: string;
  /** Lower-case names; of older ones the head that a running one sent. */
  headers: Record<string, string>;
  /** Byte by byte. */
  body: Buffer;
  payload: Record<string, unknown>;
}

const OLDER_HEAD = { 'content-type': 'application/json', 'user-agent': 'rest-client/2.1.0 (linux x86_64)' };

/** Every webhook of a running 4.15.1. */
export const recordedWebhooks = (): RecordedWebhook[] =>
  filesOf('webhooks', '.http').map(({ name, bytes }) => {
    const end = bytes.indexOf('\r\n\r\n');
    const [, ...lines] = bytes.subarray(0, end).toString().split('\r\n');
    const headers = Object.fromEntries(
      lines.map((line) => {
        const [, field = '', value = ''] = /^([^:]+): ?(.*)$/.exec(line) ?? [];
        return [field.toLowerCase(), value];
      }),
    );
    return recorded(name, headers, bytes.subarray(end + 4));
  });

/** Bodies of 3.16.0 and 4.2.0; the name begins with the release. */
export const recordedOlderWebhooks = (): RecordedWebhook[] =>
  filesOf('webhooks/older', '.json').map(({ name, bytes }) => recorded(name, OLDER_HEAD, bytes));

const recorded = (name: string, headers: Record<string, string>, body: Buffer): RecordedWebhook => ({
  name,
  headers,
  body,
  payload: JSON.parse(body.toString()) as Record<string, unknown>,
});

const filesOf = (folder: string, ending: string) =>
  readdirSync(ROOT + folder)
    .filter((file) => file.endsWith(ending))
    .sort()
    .map((file) => ({
      name: file.slice(0, -ending.length),
      bytes: readFileSync(`${ROOT}${folder}/${file}`),
    }));

/** The secrets that the recordings are signed with. */
export const RECORDED_SECRETS = ['phNShVzoDnvGrLjptbvnaJoW', '9fKq2Lw8ZtR4xVb7NcYd1HsJ'];
