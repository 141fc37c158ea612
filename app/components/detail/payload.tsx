import { Section } from '../section.tsx';
import type { Detail } from './detail.ts';

/**
 * The webhook as it was received. Only ever text: what acts instead of showing was made visible by the server,
 * so a customer's message cannot change this page.
 */
export function Payload({ detail }: { detail: Detail }) {
  const { payload, headers } = detail;
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
  if (missing?.reason === 'removed') {
    return missing.afterDays > 0
      ? `The message was removed: texts are kept for ${missing.afterDays} days after delivery or discard.`
      : 'The message was removed after the retention time.';
  }
  return 'The message is encrypted with a key this app does not have: put it back into DATA_ENCRYPTION_KEYS and restart.';
}
