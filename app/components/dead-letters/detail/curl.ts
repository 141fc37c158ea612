import type { Detail } from './summary.tsx';

/** For a POSIX shell: taken as it is, whatever stands in it. curl itself would read a file for `--data @…`, hence `--data-raw`. */
const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

/**
 * The request as a command for whoever looks into the Agent service: under the same id, so that it is known there, with
 * the payload as the page shows it. Without a signature, which is dated and needs the secret.
 * @returns null when the payload is not there whole, or it is not on record where it went
 */
export function curlOf({
  agentEndpoint,
  eventId,
  payload,
}: Pick<Detail, 'agentEndpoint' | 'eventId' | 'payload'>): string | null {
  if (!agentEndpoint || !payload || payload.cut) return null;
  const headers = { 'content-type': 'application/json', 'idempotency-key': eventId, 'webhook-id': eventId };
  return [
    `curl --include ${quoted(agentEndpoint)}`,
    ...Object.entries(headers).map(([name, value]) => `--header ${quoted(`${name}: ${value}`)}`),
    `--data-raw ${quoted(payload.text)}`,
  ].join(' \\\n  ');
}
