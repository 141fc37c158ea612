import { formatMs } from '../../../lib/words.ts';
import { outcomeWords } from '../delivery-words.ts';
import { Section } from '../../layout/section.tsx';
import { Moment, useZone } from '../../time.tsx';
import { ToneWord } from '../../tone.tsx';
import type { Detail } from './summary.tsx';

/** Every POST to the Agent service for this event, in order. */
export function Attempts({ attempts }: { attempts: Detail['attempts'] }) {
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
