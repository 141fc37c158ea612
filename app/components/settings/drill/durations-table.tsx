import type { DrillDetail, DrillSummary } from '../../../features/drill/drill-view.ts';
import { compareWith, durationsOf, MEASURED, type Comparison } from '../../../features/drill/durations.ts';
import { Section } from '../../layout/section.tsx';
import { useNow } from '../../time.tsx';
import { ToneWord } from '../../tone.tsx';
import { MEASURED_WORDS, publicTextVerdict, spanText } from './drill-words.ts';

/** Whether customers were told in time, and with which text. */
export function PublicText({ drill }: { drill: DrillDetail }) {
  const verdict = publicTextVerdict(drill, useNow());
  const text = drill.progress?.publicText;
  if (!verdict || !text) return null;
  return (
    <Section
      id="public-text"
      title="What customers are told"
      hint="Times by our clock: people do not get faster with the drill’s. No customer reads it, and it goes over no channel."
      side={<ToneWord tone={verdict.tone}>{verdict.word}</ToneWord>}
    >
      <p>{verdict.sentence}</p>
      <p className="oc-pre">
        <b>{text.title}</b>
        {'\n'}
        {text.text}
      </p>
    </Section>
  );
}

/** How long each part took by the drill's clock, what that was by ours, and how it compares. */
export function DurationsTable({ drill, others }: { drill: DrillDetail; others: readonly DrillSummary[] }) {
  const durations = durationsOf(drill);
  const over = drill.endedAt !== null;
  // Drills of an earlier version did not offer it.
  const practised = !over || drill.progress?.publicText !== undefined;
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
            {MEASURED.filter((measured) => measured !== 'publicText' || practised).map((measured) => {
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
  const { acknowledgedBy, publishedBy, fallbackBy, repairedBy, repairedAt, recoveredAt, speed } = drill;
  if (measured === 'acknowledgement' && acknowledgedBy) return <small>by {acknowledgedBy}</small>;
  if (measured === 'publicText' && publishedBy) return <small>by {publishedBy}</small>;
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
