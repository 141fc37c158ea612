import { requestHeaders } from '../../../features/delivery/claimed-delivery.ts';
import { formatMs } from '../../../lib/time-words.ts';
import { outcomeWords } from '../delivery-words.ts';
import { Section } from '../../layout/page.tsx';
import { Moment, useZone } from '../../time.tsx';
import { ToneWord } from '../../tone.tsx';
import type { Detail } from './summary.tsx';

/** Every POST to the Agent service for this event, in order, each with its request and what came back. */
export function Attempts({ detail }: { detail: Detail }) {
  const { attempts } = detail;
  const started = `Started (${useZone()})`;
  return (
    <Section id="attempts" title="Attempts">
      {attempts.length === 0 ? (
        <p className="oc-hint">No attempt is on record.</p>
      ) : (
        <div className="oc-scroll" tabIndex={0} role="region" aria-label="All attempts, table">
          <table className="oc-table oc-table-text oc-cards">
            <thead>
              <tr>
                <th scope="col">No.</th>
                <th scope="col">{started}</th>
                <th scope="col">Took</th>
                <th scope="col">Outcome</th>
                <th scope="col">Answer</th>
              </tr>
            </thead>
            <tbody>
              {attempts.map((attempt) => (
                <tr key={attempt.number}>
                  <th scope="row">
                    <span className="oc-card-word">Attempt </span>
                    {attempt.number}
                    {attempt.run > 1 && <small>replay {attempt.run - 1}</small>}
                    {attempt.kind === 'probe' && <small>probe</small>}
                  </th>
                  <td data-label={started}>
                    <Moment at={attempt.startedAt} bare />
                  </td>
                  <td data-label="Took">{formatMs(attempt.durationMs)}</td>
                  <td data-label="Outcome">
                    <ToneWord tone={attempt.outcome === 'ok' ? 'good' : 'critical'}>
                      {outcomeWords(attempt.outcome, attempt.status)}
                    </ToneWord>
                    {attempt.retryAfterMs !== null && (
                      <small>asked us to wait {formatMs(attempt.retryAfterMs)}</small>
                    )}
                  </td>
                  <td data-label="Answer">
                    <Answer attempt={attempt} />
                    <Exchange attempt={attempt} detail={detail} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Section>
  );
}

function Answer({ attempt }: { attempt: Detail['attempts'][number] }) {
  const text = attempt.response || attempt.error;
  if (!text) return <span className="oc-quiet">none</span>;
  if (text.length <= 120) return <code>{text}</code>;
  return (
    <details className="oc-details">
      <summary>
        <code>{text.slice(0, 100)}…</code>
      </summary>
      <pre className="oc-pre">{text}</pre>
    </details>
  );
}

interface ExchangeProps {
  attempt: Detail['attempts'][number];
  detail: Pick<Detail, 'agentEndpoint' | 'eventId' | 'fetched' | 'receivedAt'>;
}

/** What went out, as far as it follows from what is on record, and what came back. */
function Exchange({ attempt, detail }: ExchangeProps) {
  const { agentEndpoint, eventId, fetched, receivedAt } = detail;
  const { number, startedAt, durationMs, status, error, response, retryAfterMs } = attempt;
  const headers = requestHeaders({
    eventId,
    attempt: number,
    startedAt: new Date(startedAt),
    late: false,
    fetchedAt: fetched ? new Date(receivedAt) : null,
  });
  const request = [
    `POST ${agentEndpoint ?? '(where to is not on record)'}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ].join('\n');
  const answer = [
    status === null ? `No answer${error ? `: ${error}` : ''}` : `HTTP ${status}`,
    ...(retryAfterMs === null ? [] : [`retry-after: ${formatMs(retryAfterMs)}`]),
    ...(response ? ['', response] : []),
  ].join('\n');
  return (
    <details className="oc-details">
      <summary>
        Request and answer<span className="oc-hidden"> of attempt {number}</span>
      </summary>
      <p className="oc-hint">
        The body is the payload below. Signature and trace are not shown, and whether it was marked late is
        not on record.
      </p>
      <pre className="oc-pre">{request}</pre>
      <p className="oc-hint">
        {status === null ? 'Given up' : 'Answered'} after {formatMs(durationMs)}. Of an answer the first 4 KB
        are kept.
      </p>
      <pre className="oc-pre">{answer}</pre>
    </details>
  );
}
