import { visible } from '../../../lib/visible.ts';
import { CopyText } from '../../forms/form-fields.tsx';
import { Section } from '../../layout/page.tsx';
import type { Detail } from './summary.tsx';

/** The words that somebody waits for an answer to; the payload below has them too, among everything else. */
export function Message({ detail }: { detail: Detail }) {
  const message = messageOf(detail.payload);
  if (!message) return null;
  return (
    <Section id="message" title={message.byCustomer ? 'What the customer wrote' : 'What was written'}>
      <blockquote className="oc-message" dir="auto" tabIndex={0}>
        {message.text}
      </blockquote>
    </Section>
  );
}

export interface WrittenMessage {
  text: string;
  /** A customer wrote it; otherwise an agent, a program or nobody knows. */
  byCustomer: boolean;
}

/**
 * What was written, from the payload of a message's event, for people to read; null when it has no text or is cut off.
 * @param payload as the page shows it
 */
export function messageOf(payload: { text: string; cut: boolean } | null): WrittenMessage | null {
  if (!payload || payload.cut) return null;
  let body: unknown;
  try {
    body = JSON.parse(payload.text);
  } catch {
    return null;
  }
  const { content, message_type: type } = (body ?? {}) as Record<string, unknown>;
  if (typeof content !== 'string' || content.trim() === '') return null;
  const text = content.replaceAll('\r\n', '\n').split('\n').map(visible).join('\n').trim();
  return { text, byCustomer: type === 'incoming' || type === 0 };
}

/**
 * The webhook as it was received. Only ever text: what acts instead of showing was made visible by the server,
 * so a customer's message cannot change this page.
 */
export function Payload({ detail }: { detail: Detail }) {
  const { payload, headers } = detail;
  const curl = curlOf(detail);
  return (
    <Section
      id="payload"
      title="Payload"
      hint="As Chatwoot sent it, indented. Characters that do not show stand as \u escapes; access tokens are left out."
    >
      {payload === null ? (
        <p className="oc-empty">{missingWords(detail.missing)}</p>
      ) : (
        <pre className="oc-pre oc-payload" tabIndex={0} role="region" aria-label="Payload as text">
          {payload.text}
        </pre>
      )}
      {payload?.cut && <p className="oc-hint">Only the beginning is shown; the whole is in the database.</p>}
      {curl && <CopyText label="The request as a curl command, unsigned" text={curl} />}
      <details className="oc-details">
        <summary>Headers and identifiers</summary>
        <div className="oc-scroll" tabIndex={0} role="region" aria-label="Headers and identifiers">
          <table className="oc-table oc-table-text">
            <tbody>
              {[
                ['Dead letter', String(detail.id)],
                ['Event id (webhook-id)', detail.eventId],
                ['Order of receipt', String(detail.seq)],
                ['Event', detail.event],
                ['Cause', detail.cause ?? 'not recorded'],
                ['Last error', detail.lastError ?? 'not recorded'],
                ['Sent to', detail.agentEndpoint ?? 'not recorded'],
                ...headers,
              ].map(([name, value]) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td>
                    <code>{value}</code>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </Section>
  );
}

function missingWords(missing: Detail['missing']): string {
  if (missing?.reason === 'not_allowed') return 'Your role does not show message texts.';
  if (missing?.reason === 'deleted')
    return 'A message in this webhook was deleted in Chatwoot since, so its text is not shown. A replay sends the webhook as it was received.';
  if (missing?.reason === 'unknown')
    return 'A message in this webhook was changed in Chatwoot since, and that change can no longer be read here. It may have been deleted, so its text is not shown: look in Chatwoot.';
  if (missing?.reason === 'removed') {
    return missing.afterDays > 0
      ? `The message was removed: texts are kept for ${missing.afterDays} days after delivery or discard.`
      : 'The message was removed after the retention time.';
  }
  return 'The message is encrypted with a key this app does not have: put it back into DATA_ENCRYPTION_KEYS and restart.';
}

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
