import type { Overview } from '../features/overview/overview.ts';
import type { SandboxState } from '../features/overview/sandbox-state.ts';
import { CurrentIncidentCard } from './incidents/current-incident.tsx';
import { ChartSection } from './charts/chart-section.tsx';
import { Clock } from './clock.tsx';
import type { DeadLetterListing } from './dead-letters/dead-letter-item.ts';
import { DeadLetters } from './dead-letters/section.tsx';
import { Ledger } from './ledger.tsx';
import { LiveBadge } from './live/live-badge.tsx';
import { Notice } from './notice.tsx';
import { PageHeader } from './page-header.tsx';
import { RecentEvents } from './recent-events.tsx';
import { SandboxBar } from './sandbox-bar.tsx';
import { Section } from './section.tsx';
import { SetupCard } from './setup-card.tsx';
import { Tiles } from './tiles.tsx';
import { Verdict } from './verdict.tsx';
import { Warnings } from './warnings.tsx';

export interface OutageCenterProps {
  overview: Overview;
  /** null: the database does not answer. */
  list: DeadLetterListing | null;
  sandbox: SandboxState | null;
  hasSandbox: boolean;
}

/** The whole page, from what is the matter down to what happened last. */
export function OutageCenter({ overview, list, sandbox, hasSandbox }: OutageCenterProps) {
  return (
    <Clock at={overview.at}>
      <div className="oc-page">
        {hasSandbox && <SandboxBar state={sandbox} />}
        <PageHeader heading>
          <LiveBadge />
        </PageHeader>
        <main id="main" tabIndex={-1} className="oc-main">
          <Verdict verdict={overview.verdict} nextStep={overview.nextStep} />
          {overview.incident && (
            <CurrentIncidentCard incident={overview.incident} others={overview.otherIncidents} />
          )}
          {!overview.configured && <SetupCard />}
          <Warnings warnings={overview.warnings} />
          <Tiles tiles={overview.tiles} />
          {list && overview.ledger ? (
            <>
              <ChartSection range={overview.range} points={overview.chart} />
              <DeadLetters list={list} replays={overview.replays} />
              <div className="oc-two">
                <Ledger ledger={overview.ledger} check={overview.ledgerCheck} />
                <RecentEvents events={overview.events} />
              </div>
            </>
          ) : (
            <Section id="dead-letters" title="Deliveries, dead letters and ledger">
              <p className="oc-empty">
                They cannot be read while the database does not answer, so nothing is shown here rather than
                an old number. This page continues by itself when it is back.
              </p>
            </Section>
          )}
        </main>
        <Notice />
      </div>
    </Clock>
  );
}
