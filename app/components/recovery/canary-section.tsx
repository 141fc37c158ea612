import type { CanaryStepView, CanaryView } from '../../features/canary/canary-view.ts';
import type { Tone } from '../../features/overview/overview-view.ts';
import { formatMs } from '../../lib/time-words.ts';
import { PostForm, SubmitButton } from '../forms/post-form.tsx';
import { Section } from '../layout/page.tsx';
import { Countdown, Said, Time } from '../time.tsx';
import { ToneWord } from '../tone.tsx';
import { StartCanary } from './gate-forms.tsx';

const HINT =
  'Writes to Chatwoot as a customer in an inbox of its own, and watches the webhook, the AI draft, your approval and the reply. Nobody’s real conversation is touched, and it counts as no customer.';

interface CanarySectionProps {
  canary: CanaryView | null;
  mayAct: boolean;
  /** The page's next step has the button already. */
  started: boolean;
}

/** The end-to-end canary: start it, follow it; its draft is approved at the head of the page, where it is the next step. */
export function CanarySection({ canary, mayAct, started }: CanarySectionProps) {
  return (
    <Section id="canary" title="End-to-end canary" hint={HINT} side={canary && <Outcome canary={canary} />}>
      {canary ? <Run canary={canary} mayAct={mayAct} /> : <p className="oc-quiet">It has never run.</p>}
      {mayAct && !started && canary?.state !== 'running' && (
        <div className="oc-gate-start">
          <StartCanary />
        </div>
      )}
    </Section>
  );
}

const OUTCOMES = {
  passed: ['good', 'Passed'],
  failed: ['critical', 'Failed'],
  cancelled: ['info', 'Cancelled'],
} as const;

function Outcome({ canary }: { canary: CanaryView }) {
  const [tone, word] = canary.outcome
    ? OUTCOMES[canary.outcome]
    : (['info', canary.waitsForApproval ? 'Waits for you' : 'Running'] as const);
  return <ToneWord tone={tone}>{word}</ToneWord>;
}

function Run({ canary, mayAct }: { canary: CanaryView; mayAct: boolean }) {
  const { id, startedBy, startedAt, finishedAt, problem, url } = canary;
  return (
    <>
      <p className="oc-quiet">
        Canary {id}, started by {startedBy} <Time at={startedAt} />
        {finishedAt && `, took ${formatMs(Date.parse(finishedAt) - Date.parse(startedAt))}`}.{' '}
        {url && (
          <a href={url} className="oc-link" rel="noreferrer">
            Its conversation in Chatwoot
          </a>
        )}
      </p>
      {problem && (
        <p className="oc-problem">
          <Said text={problem} />
        </p>
      )}
      <CanarySteps canary={canary} />
      {mayAct && canary.state === 'running' && (
        <PostForm action={`/api/canary/${id}/cancel`}>
          {(busy) => (
            <SubmitButton look="plain" disabled={busy}>
              Cancel the canary
            </SubmitButton>
          )}
        </PostForm>
      )}
    </>
  );
}

/** What it is doing, or where it stopped; once it has passed, how is one click away. */
function CanarySteps({ canary }: { canary: CanaryView }) {
  const list = (
    <ol className="oc-guide">
      {canary.steps.map((step) => (
        <Step key={step.key} step={step} canary={canary} />
      ))}
    </ol>
  );
  if (canary.outcome !== 'passed') return list;
  return (
    <details className="oc-details">
      <summary>{`Its ${canary.steps.length} steps`}</summary>
      {list}
    </details>
  );
}

const STATES: Record<CanaryStepView['state'], { tone: Tone; word: string }> = {
  done: { tone: 'good', word: 'Done' },
  failed: { tone: 'critical', word: 'Failed' },
  current: { tone: 'warning', word: 'Now' },
  open: { tone: 'unknown', word: 'Open' },
};

function Step({ step, canary }: { step: CanaryStepView; canary: CanaryView }) {
  const { tone, word } = STATES[step.state];
  const current = step.state === 'current';
  return (
    <li className="oc-guide-step" aria-current={current ? 'step' : undefined}>
      <div className="oc-guide-words">
        <p>
          <b>{step.title}</b>
          {step.durationMs !== null && <span className="oc-quiet"> {formatMs(step.durationMs)}</span>}
        </p>
        {step.evidence && (
          <p className="oc-evidence">
            <Said text={step.evidence} />
          </p>
        )}
        {current && canary.failsAt && (
          <p className="oc-quiet">
            Fails if it is not there <Countdown to={canary.failsAt} />.
          </p>
        )}
      </div>
      <div className="oc-guide-side">
        <ToneWord tone={tone}>{word}</ToneWord>
      </div>
    </li>
  );
}

/** A person reads the draft of the canary and approves it, or rejects it, which fails the canary. */
export function CanaryDecision({ id, draft }: { id: number; draft: string | null }) {
  return (
    <div className="oc-row">
      {draft && (
        <blockquote className="oc-quote">
          <Said text={draft} />
        </blockquote>
      )}
      <PostForm action={`/api/canary/${id}/approve`}>
        {(busy) => (
          <SubmitButton look="primary" size="large" disabled={busy}>
            Approve the draft
          </SubmitButton>
        )}
      </PostForm>
      <PostForm action={`/api/canary/${id}/reject`}>
        {(busy) => (
          <SubmitButton look="plain" disabled={busy}>
            Reject it
          </SubmitButton>
        )}
      </PostForm>
    </div>
  );
}
