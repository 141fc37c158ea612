import { Link } from '@remix-run/react';
import type { NowTimeline } from '../../features/overview/shell/now-timeline.ts';
import type { Overview } from '../../features/overview/overview-view.ts';
import type { SandboxState } from '../../features/overview/sandbox-view.ts';
import { countText } from '../../lib/words.ts';
import { shownWarnings } from '../../features/overview/shell/shell-view.ts';
import { Replays, unfinished } from '../dead-letters/replays.tsx';
import { Page } from '../layout/page.tsx';
import { Section } from '../layout/section.tsx';
import { CurrentIncidentCard } from './current-incident.tsx';
import { LostCard, ReadyCard } from './side-cards.tsx';
import { NowActions } from './now-actions.tsx';
import { Parts } from './parts.tsx';
import { SandboxBar } from './sandbox-bar.tsx';
import { FirstSteps, SetupCard, useFirstSteps } from './setup-card.tsx';
import { TimelineCard } from './timeline-card.tsx';
import { Verdict } from './verdict.tsx';
import { Warnings } from './warnings.tsx';

interface NowPageProps {
  overview: Overview;
  drillAt: string | null;
  arrivalProved: boolean | null;
  /** null: the database does not answer. */
  timeline: NowTimeline | null;
  sandbox: SandboxState | null;
  hasSandbox: boolean;
}

/**
 * One screen: in an outage what broke, who waits, who is on it and what to do; else that all parts work and what would
 * happen if they did not. Everything else is a click away.
 */
export function NowPage(props: NowPageProps) {
  const { overview, drillAt, timeline, sandbox, hasSandbox } = props;
  const steps = useFirstSteps(props);
  const { incident, otherIncidents, ledger, tiles } = overview;
  const warnings = shownWarnings(overview);
  const replays = unfinished(overview.replays);
  return (
    <Page at={overview.at} live>
      {hasSandbox && <SandboxBar state={sandbox} />}
      {/* In an outage it is another screen: none of it only moves away from under who reads. */}
      <div className="oc-now" key={incident ? 'outage' : 'calm'}>
        <div className="oc-column">
          <Verdict
            verdict={overview.verdict}
            nextStep={overview.nextStep}
            waiting={overview.people?.waiting ?? null}
          >
            {incident && <NowActions overview={overview} incident={incident} />}
          </Verdict>
          {replays.length > 0 && (
            <Section id="replays" title="Being sent again">
              <Replays replays={replays} />
            </Section>
          )}
          {!overview.configured && <SetupCard />}
          {!incident && <Parts tiles={tiles} />}
          {timeline && <TimelineCard timeline={timeline} />}
          {incident && <Parts tiles={tiles} />}
        </div>
        <div className="oc-column">
          {incident && <CurrentIncidentCard incident={incident} others={otherIncidents} />}
          {warnings.length > 0 && (
            <details className="oc-card oc-fold" open={!incident && warnings.length < 3}>
              <summary>
                <h2>{countText(warnings.length, 'warning')}</h2>
              </summary>
              <Warnings warnings={warnings} />
            </details>
          )}
          {steps && <FirstSteps steps={steps} />}
          {!incident && !steps && <ReadyCard gaps={overview.gaps} drillAt={drillAt} />}
          <LostCard ledger={ledger} check={overview.ledgerCheck} />
          <p className="oc-hint">
            <Link className="oc-link" to="/delivery">
              All figures, dead letters and events
            </Link>
          </p>
        </div>
      </div>
    </Page>
  );
}
