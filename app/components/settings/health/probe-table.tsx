import type { ProbeLine } from '../../../features/health/health-view.ts';
import { capital } from '../../../features/overview/overview-words.ts';
import { formatMs } from '../../../lib/time-words.ts';
import { Exact } from '../../layout/page.tsx';
import { Time } from '../../time.tsx';
import { ToneWord } from '../../tone.tsx';
import { failureText, outcomeOf, probeName } from './health-words.ts';

/** The last result of each probe, and how long its stages took. */
export function ProbeTable({ label, probes }: { label: string; probes: ProbeLine[] }) {
  if (probes.length === 0) return null;
  return (
    <div className="oc-scroll" tabIndex={0} role="region" aria-label={`Last checks of ${label}, table`}>
      <table className="oc-table oc-table-text oc-probes oc-cards">
        <thead>
          <tr>
            <th scope="col">Check</th>
            <th scope="col">Result</th>
            <th scope="col">Answer</th>
            <th scope="col">Name lookup</th>
            <th scope="col">Connection</th>
            <th scope="col">TLS</th>
            <th scope="col">In all</th>
            <th scope="col">When</th>
          </tr>
        </thead>
        <tbody>
          {probes.map((probe) => (
            <tr key={probe.probe}>
              <th scope="row">
                {probeName(probe.probe)}
                <small>
                  <code>{probe.target}</code>
                </small>
              </th>
              <td data-label="Result">
                <ToneWord tone={outcomeOf(probe).tone}>{outcomeOf(probe).word}</ToneWord>
              </td>
              <td data-label="Answer">
                <Answer probe={probe} />
              </td>
              <td data-label="Name lookup">{stage(probe.dnsMs)}</td>
              <td data-label="Connection">{stage(probe.tcpMs)}</td>
              <td data-label="TLS">{stage(probe.tlsMs)}</td>
              <td data-label="In all">{stage(probe.latencyMs)}</td>
              <td data-label="When">
                <Time at={probe.at} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A sentence where something is wrong; what exactly was answered is one click away. */
function Answer({ probe }: { probe: ProbeLine }) {
  const { detail, status, errorClass } = probe;
  const exact = detail ?? errorClass ?? status;
  return (
    <>
      {failureText(probe)}
      {exact === null ? '–' : <Exact said={capital(String(exact))} />}
    </>
  );
}

/** A stage that was not reached, or does not exist (no TLS), was not measured. */
const stage = (ms: number | null) => (ms === null ? '–' : ms < 1 ? 'under 1 ms' : formatMs(ms));
