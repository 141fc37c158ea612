import type { AssignmentItemOutcome, AssignmentRun } from '../../features/backlog/assignment-view.ts';
import type { Tone } from '../../features/overview/overview.ts';
import { countText } from '../../features/overview/words.ts';
import { formatUtc } from '../format.ts';
import { Section } from '../section.tsx';
import { ToneWord } from '../tone.tsx';
import { ConversationLink } from './conversation-link.tsx';

const WORDS: Record<AssignmentItemOutcome, [Tone, string]> = {
  assigned: ['good', 'Handed over'],
  answered_before: ['info', 'Answered meanwhile'],
  gone: ['info', 'Gone'],
  failed: ['critical', 'Failed'],
};

/** The latest times that conversations were handed to people, with the result of each. */
export function HandedOver({ runs }: { runs: AssignmentRun[] }) {
  return (
    <Section id="handed" title="Handed over">
      {runs.map((run, index) => (
        <details key={run.id} open={index === 0} className="oc-details">
          <summary>
            {summaryOf(run)}{' '}
            <span className="oc-quiet">
              ({formatUtc(run.createdAt)}, by {run.createdBy})
            </span>
          </summary>
          <ul className="oc-steps">
            {run.items.map((item) => {
              const [tone, word] = item.outcome ? WORDS[item.outcome] : (['info', 'To do'] as const);
              return (
                <li key={item.key}>
                  <ToneWord tone={tone}>{word}</ToneWord>
                  <div>
                    <ConversationLink conversationId={item.conversationId} url={item.url} /> to{' '}
                    {item.agentName}
                    {item.detail && <p>{item.detail}</p>}
                  </div>
                </li>
              );
            })}
          </ul>
          {run.items.length < run.total && (
            <p className="oc-quiet">The first {run.items.length} are shown.</p>
          )}
        </details>
      ))}
    </Section>
  );
}

function summaryOf({ total, done, failed, finishedAt }: AssignmentRun): string {
  if (!finishedAt) return `${done} of ${countText(total, 'conversation')} done`;
  const all = countText(total, 'conversation');
  return failed === 0 ? `${all}, all done` : `${all}, ${failed} failed`;
}
