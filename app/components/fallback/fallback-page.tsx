import type { FallbackPlan, FallbackRun, FallbackState } from '../../features/fallback/fallback-view.ts';
import { fallbackNotice } from '../../features/fallback/fallback-notices.ts';
import type { ReadyText } from '../../features/fallback/fallback-texts.ts';
import { Done, Problem } from '../access/answers.tsx';
import { CopyText } from '../copy-text.tsx';
import { Page } from '../page.tsx';
import { Section } from '../section.tsx';
import { FallbackHead } from './head.tsx';
import { MoreSteps } from './more-steps.tsx';
import { RunDetails } from './run-details.tsx';
import { SwitchForm } from './switch-form.tsx';

export interface FallbackPageProps {
  at: string;
  state: FallbackState;
  plan: FallbackPlan;
  runs: FallbackRun[];
  texts: ReadyText[];
  checklist: { open: boolean; items: string[] };
  /** Alert rules that fire: a reason to switch it on. */
  firing: { rule: string; words: string }[];
  may: boolean;
  done: string | null;
}

/** Fallback mode: what it is now, what a click will do, what was done, what was left out, and texts to copy. */
export function FallbackPage(props: FallbackPageProps) {
  const { at, state, plan, runs, texts, checklist, firing, may, done } = props;
  const notice = fallbackNotice(done);
  const current = state.state === 'on' ? runs[0] : undefined;
  return (
    <Page at={at} live>
      <h1 className="oc-title">Fallback mode</h1>
      <Done text={notice && !notice.refused ? notice.text : null} />
      <Problem>{notice?.refused ? notice.text : null}</Problem>
      <FallbackHead state={state} firing={firing} />
      {may && <SwitchForm state={state} plan={plan} checklist={checklist} />}
      {current && may && <MoreSteps run={current} plan={plan} />}
      <Section
        id="texts"
        title="Texts to copy"
        hint="Times in them are UTC. Change what does not fit before you send it."
      >
        <div className="oc-stack">
          {texts.map(({ key, title, text }) => (
            <CopyText key={key} label={title} text={text} />
          ))}
        </div>
      </Section>
      {runs.map((run, index) => (
        <RunDetails key={run.id} run={run} open={index === 0} may={may} />
      ))}
    </Page>
  );
}
