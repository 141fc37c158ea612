import type { FallbackPlan, FallbackRun, FallbackState } from '../../features/fallback/fallback-view.ts';
import { fallbackNotice } from '../../features/fallback/fallback-notices.ts';
import type { ReadyText } from '../../features/fallback/fallback-texts.ts';
import { Done, Problem } from '../access/answers.tsx';
import { Page } from '../page.tsx';
import { FallbackHead } from './head.tsx';
import { MoreSteps } from './more-steps.tsx';
import { RunDetails } from './run-details.tsx';
import { SwitchForm } from './switch-form.tsx';
import { Texts } from './texts.tsx';

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
  const earlier = current ? runs.slice(1) : runs;
  const form = may && <SwitchForm state={state} plan={plan} checklist={checklist} />;
  return (
    <Page at={at} live>
      <h1 className="oc-title">Fallback mode</h1>
      <Done text={notice && !notice.refused ? notice.text : null} />
      <Problem>{notice?.refused ? notice.text : null}</Problem>
      <FallbackHead state={state} firing={firing} />
      {current ? <RunDetails run={current} open may={may} /> : form}
      {current && may && <MoreSteps run={current} plan={plan} />}
      <Texts texts={texts} />
      {current && form}
      {earlier.map((run, index) => (
        <RunDetails key={run.id} run={run} open={!current && index === 0} may={may} />
      ))}
    </Page>
  );
}
