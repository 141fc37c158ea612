import type { ReconciliationView } from '../../features/arrival/comparison/reconciliation-view.ts';
import {
  comparedText,
  missingText,
  periodText,
  recoveredText,
  uncomparedText,
} from '../../features/arrival/comparison/reconciliation-words.ts';

import { type LateRun } from '../../features/incidents/incident-view.ts';
import { lateAnswersText } from '../incidents/incident-words.ts';
import type { Tone } from '../../features/overview/overview-view.ts';
import { TextField } from '../forms/form-fields.tsx';
import { PostForm, SubmitButton } from '../forms/post-form.tsx';
import { Progress } from '../layout/progress.tsx';
import { Section } from '../layout/page.tsx';
import { ToneWord } from '../tone.tsx';
import { Said } from '../time.tsx';

/** What never arrived and was recovered, how far that is known, and the button to look now. */
export function Missing({
  view,
  late,
  lateOf = '',
  may,
}: {
  view: ReconciliationView;
  /** Webhooks of that time that were kept, but answered too late for Chatwoot. */
  late: readonly LateRun[];
  /** Before the sentence about them, when it is about another time: "In the last 7 days: ". */
  lateOf?: string;
  may: boolean;
}) {
  const lateText = lateAnswersText(late);
  const [tone, word] = judge(view);
  const recovered = recoveredText(view);
  const uncompared = uncomparedText(view);
  const mayAsk = may && view.state !== 'not_connected' && view.state !== 'nothing_received';
  return (
    <Section
      id="missing"
      title="Messages that never arrived"
      side={<ToneWord tone={tone}>{word}</ToneWord>}
      hint="Chatwoot sends each webhook once. What was lost on its way is asked for afterwards and delivered in order."
    >
      <p className="oc-quiet">
        <Said text={periodText(view)} />
      </p>
      <p>
        <b>
          <Said text={missingText(view)} />
        </b>{' '}
        {recovered}
      </p>
      <p className="oc-quiet">
        <Said text={comparedText(view)} />
      </p>
      {lateText && (
        <p>
          <Said text={`${lateOf}${lateText}`} />
        </p>
      )}
      {view.progress && (
        <ul className="oc-replays" aria-label="Comparison">
          <Comparing progress={view.progress} paused={view.state === 'paused'} may={may} />
        </ul>
      )}
      {uncompared && <p>{uncompared}</p>}
      {mayAsk && (
        <details className="oc-details">
          <summary>Compare with Chatwoot again</summary>
          <PostForm action="/api/reconcile" className="oc-form" returnTo="/waiting">
            {(busy) => (
              <>
                <TextField
                  label="Look further back"
                  name="since"
                  maxLength={40}
                  autoComplete="off"
                  placeholder="2h"
                  hint="30m, 2h, 3d or a time such as 2026-11-23 05:00 (UTC). Empty: since the last comparison."
                />
                <SubmitButton disabled={busy || view.progress !== null}>
                  Compare with Chatwoot now
                </SubmitButton>
              </>
            )}
          </PostForm>
        </details>
      )}
    </Section>
  );
}

interface ComparingProps {
  progress: NonNullable<ReconciliationView['progress']>;
  paused: boolean;
  may: boolean;
}

function Comparing({ progress, paused, may }: ComparingProps) {
  const { id, checked, of, perSecond, urgent } = progress;
  return (
    <Progress
      work={{
        id: 'comparison',
        name: 'Comparison',
        title: 'Comparing with Chatwoot',
        state: paused ? 'paused' : 'running',
        done: checked,
        total: of,
        figures: [of === null ? 'Reading the list of conversations' : `${checked} of ${of} conversations`],
        perSecond,
        secondsLeft: perSecond !== null && of !== null ? Math.ceil((of - checked) / perSecond) : null,
        reason: urgent ? 'Customers wait for what is missing, so it goes on to its end.' : null,
        ...(may &&
          !urgent && {
            control: (verb) => ({ action: '/api/reconcile', fields: { run: String(id), do: verb } }),
          }),
      }}
    />
  );
}

function judge({ state, complete, lost }: ReconciliationView): [Tone, string] {
  if (state === 'failing') return ['warning', 'Cannot be compared'];
  if (state === 'paused') return ['warning', 'Paused'];
  if (state === 'running') return ['info', 'Comparing'];
  if (!complete) return ['unknown', 'Unknown'];
  return lost > 0 ? ['info', 'Recovered'] : ['good', 'Nothing missing'];
}
