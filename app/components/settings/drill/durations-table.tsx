import type { DrillSummary } from '../../../features/drill/drill-view.ts';
import { compareWith, durationsOf, MEASURED, type Comparison } from '../../../features/drill/durations.ts';
import { Section } from '../../layout/section.tsx';
import { MEASURED_WORDS, spanText } from './drill-words.ts';

/** How long each part took by the drill's clock, what that was by ours, and how it compares. */
export function DurationsTable({ drill, others }: { drill: DrillSummary; others: readonly DrillSummary[] }) {
  const durations = durationsOf(drill);
  const over = drill.endedAt !== null;
  return (
    <Section
      id="durations"
      title="How long it took"
      hint="From the beginning of the outage, by the drill's clock. Compared with the median of earlier drills of this kind at this speed."
    >
      <div className="oc-scroll">
        <table className="oc-table oc-table-text">
          <thead>
            <tr>
              <th scope="col">Until</th>
              <th scope="col">Took</th>
              <th scope="col">By our clock</th>
              <th scope="col">Compared</th>
            </tr>
          </thead>
          <tbody>
            {MEASURED.map((measured) => {
              const ms = durations[measured];
              return (
                <tr key={measured}>
                  <th scope="row">
                    {MEASURED_WORDS[measured].title}
                    <Who drill={drill} measured={measured} />
                  </th>
                  <td>
                    {ms === null ? over ? MEASURED_WORDS[measured].missing : '…' : <b>{spanText(ms)}</b>}
                  </td>
                  <td>{ms === null ? '–' : spanText(ms / drill.speed)}</td>
                  <td>{ms === null ? '–' : comparisonText(compareWith(drill, others, measured))}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

function Who({ drill, measured }: { drill: DrillSummary; measured: (typeof MEASURED)[number] }) {
  const { acknowledgedBy, fallbackBy, repairedBy, repairedAt, recoveredAt, speed } = drill;
  if (measured === 'acknowledgement' && acknowledgedBy) return <small>by {acknowledgedBy}</small>;
  if (measured === 'fallback' && fallbackBy) return <small>by {fallbackBy}</small>;
  if (measured !== 'recovery' || !repairedBy || !repairedAt || !recoveredAt) return null;
  const after = (Date.parse(recoveredAt) - Date.parse(repairedAt)) * speed;
  return (
    <small>
      {spanText(after)} after the repair by {repairedBy}
    </small>
  );
}

function comparisonText(comparison: Comparison | null): string {
  if (!comparison) return 'Nothing to compare with yet';
  const { of, median, differenceMs } = comparison;
  const drills = of === 1 ? 'the earlier drill' : `the median of ${of} drills`;
  if (Math.abs(differenceMs) < 1000) return `As ${drills} (${spanText(median)})`;
  const word = differenceMs > 0 ? 'slower' : 'faster';
  return `${spanText(Math.abs(differenceMs))} ${word} than ${drills} (${spanText(median)})`;
}
