import { fallbackNotice, type ReadyText } from '../../features/fallback/fallback-words.ts';
import type { FallbackPlan, FallbackRun, FallbackState } from '../../features/fallback/fallback-view.ts';
import { CopyText, Done, Problem } from '../forms/form-fields.tsx';
import { AlertWords, Page, Section } from '../layout/page.tsx';
import { Moment, Time } from '../time.tsx';
import { ToneIcon } from '../tone.tsx';
import { RunDetails } from './run-details.tsx';
import { MoreSteps, SwitchForm } from './switch-form.tsx';

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
  // What was held still goes out: that comes before switching it on again.
  const leaving = !current && (runs[0]?.drain?.left ?? 0) > 0 ? runs[0] : undefined;
  const earlier = (current ?? leaving) ? runs.slice(1) : runs;
  const form = may && <SwitchForm state={state} plan={plan} checklist={checklist} />;
  return (
    <Page at={at} live>
      <h1 className="oc-title">Fallback mode</h1>
      <Done text={notice && !notice.refused ? notice.text : null} />
      <Problem>{notice?.refused ? notice.text : null}</Problem>
      <FallbackHead state={state} firing={firing} />
      {leaving && <RunDetails run={leaving} open may={may} />}
      {current ? <RunDetails run={current} open may={may} /> : form}
      {current && may && <MoreSteps run={current} plan={plan} />}
      <Texts texts={texts} />
      {current && form}
      {earlier.map((run, index) => (
        <RunDetails key={run.id} run={run} open={!current && !leaving && index === 0} may={may} />
      ))}
    </Page>
  );
}

/** What it is now, since when, by whom and why. */
function FallbackHead({
  state,
  firing,
}: {
  state: FallbackState;
  firing: readonly { rule: string; words: string }[];
}) {
  const { since, by, reason, rule } = state;
  const on = state.state === 'on';
  const suggested = !on && firing.length > 0;
  const tone = on || suggested ? 'warning' : 'info';
  return (
    <section className={`oc-verdict oc-band-${tone}`} aria-labelledby="fallback-state">
      <div className="oc-verdict-main">
        <ToneIcon tone={tone} />
        <div>
          <h2 id="fallback-state" className="oc-fallback-state">
            {on
              ? 'On: people answer by hand'
              : suggested
                ? 'Off, but suggested now'
                : 'Off: automation is not paused'}
          </h2>
          {on && since && (
            <p>
              For <Time at={since} as="for" /> (since <Moment at={since} />
              ), {rule ? `by the rule ${rule}` : `by ${by}`}. {reason && <>Why: {reason}</>}
            </p>
          )}
          {on && (
            <p>
              <a className="oc-link" href="#switch">
                Switch it off
              </a>{' '}
              when the restore checklist is done.
            </p>
          )}
          {!on && since && (
            <p>
              Since <Time at={since} />, by {by}.
            </p>
          )}
          {!on && !since && <p>It has never been on.</p>}
          {suggested && (
            <ul className="oc-plain-list">
              {firing.map(({ rule: name, words }) => (
                <li key={name}>
                  <AlertWords words={words} />
                </li>
              ))}
            </ul>
          )}
        </div>
      </div>
    </section>
  );
}

/** The page while the database is away: it cannot know, and says what people do all the same. */
export function FallbackAway({ at, texts, done }: { at: string; texts: ReadyText[]; done: string | null }) {
  const notice = fallbackNotice(done);
  return (
    <Page at={at} live>
      <h1 className="oc-title">Fallback mode</h1>
      <Problem>{notice?.refused ? notice.text : null}</Problem>
      <section className="oc-verdict oc-band-unknown" aria-labelledby="fallback-state">
        <div className="oc-verdict-main">
          <ToneIcon tone="unknown" />
          <div>
            <h2 id="fallback-state" className="oc-fallback-state">
              Not known whether it is on
            </h2>
            <p>
              The database does not answer. Webhooks are taken and kept; nothing is sent to the Agent service
              until it is back. Nothing can be switched meanwhile.
            </p>
            <p>
              <a className="oc-link" href="/fallback">
                Try again
              </a>
            </p>
          </div>
        </div>
      </section>
      <Section
        id="by-hand"
        title="What you can do by hand"
        hint="It needs neither the database nor Chatwoot."
      >
        <ol className="oc-plan">
          <li>Post the text for Slack, #support, so that the team answers by hand.</li>
          <li>Send customers to the fallback address: the texts are below.</li>
          <li>
            Keep a sheet with Ticket ID, Customer, Issue, Status and Response time. It can be brought in
            afterwards, as CSV.
          </li>
        </ol>
      </Section>
      <Texts texts={texts} />
    </Page>
  );
}

/** Ready texts for customers, the status page and the team. */
function Texts({ texts }: { texts: readonly ReadyText[] }) {
  return (
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
  );
}
