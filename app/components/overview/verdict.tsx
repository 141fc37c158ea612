import { Button } from '@shopify/polaris';
import { PlayIcon } from '@shopify/polaris-icons';
import { useEffect, useState } from 'react';
import type { NextStep, OverviewVerdict as VerdictData } from '../../features/overview/overview-view.ts';
import { formatUtcClock } from '../../lib/words.ts';
import { PostForm, SubmitButton } from '../forms/post-form.tsx';
import { useMay } from '../layout/person.tsx';
import { Time } from '../time.tsx';
import { ToneIcon } from '../tone.tsx';

/**
 * What is the matter, in one sentence, and the one thing to do about it.
 * Screen readers hear the word when it changes, not every tick of the numbers in the sentence.
 */
export function Verdict({ verdict, nextStep }: { verdict: VerdictData; nextStep: NextStep }) {
  const mayReplay = useMay('dead_letters.replay');
  const mayRespond = useMay('incidents.respond');
  const mayManage = useMay('settings.manage');
  const { link, form } = nextStep;
  const mayPress = { 'incidents.respond': mayRespond, 'settings.manage': mayManage, replay: mayReplay }[
    form?.needs ?? 'replay'
  ];
  const settled = useSettled(form ? JSON.stringify([form.action, form.fields]) : '');
  return (
    <section className={`oc-verdict oc-band-${verdict.tone}`} aria-label="State of customer support">
      <div className="oc-verdict-main">
        <ToneIcon tone={verdict.tone} />
        <div>
          <p className="oc-verdict-word">
            <strong>{verdict.word}</strong>
            {verdict.since && (
              <span>
                {' '}
                for <Time at={verdict.since} as="for" />, since {formatUtcClock(verdict.since)}
              </span>
            )}
          </p>
          <h2 className="oc-verdict-sentence">{verdict.sentence}</h2>
        </div>
      </div>
      <div className="oc-next">
        <p>
          <strong className="oc-next-label">Next step</strong> {nextStep.sentence}
        </p>
        {link && (mayReplay || !link.to.startsWith('/dead-letters/replay')) && (
          <Button variant={nextStep.form && mayPress ? 'secondary' : 'primary'} size="large" url={link.to}>
            {link.label}
          </Button>
        )}
        {nextStep.form && mayPress && (
          <PostForm action={nextStep.form.action} fields={nextStep.form.fields}>
            {(busy) => (
              <SubmitButton
                look="primary"
                size="large"
                icon={nextStep.form!.needs ? undefined : PlayIcon}
                aria-busy={busy}
                aria-disabled={!settled || undefined}
                onClick={(event) => !settled && event.preventDefault()}
              >
                {nextStep.form!.label}
              </SubmitButton>
            )}
          </PostForm>
        )}
      </div>
      <p role="status" className="oc-hidden">
        {verdict.word}
      </p>
    </section>
  );
}

/** Longer than a double click, and than it takes to see that something else stands there now. */
const SETTLES_MS = 700;

/**
 * false for a moment after what stands in a place has changed, so that a click that was meant for what stood there
 * before does not do something else.
 * @param what names what stands there
 */
function useSettled(what: string): boolean {
  const [settled, setSettled] = useState(what);
  useEffect(() => {
    if (settled === what) return;
    const timer = setTimeout(() => setSettled(what), SETTLES_MS);
    return () => clearTimeout(timer);
  }, [settled, what]);
  return settled === what;
}
