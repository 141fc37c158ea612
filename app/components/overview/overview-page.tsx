import { Link } from '@remix-run/react';
import type { Overview, Warning } from '../../features/overview/overview-view.ts';
import type { SandboxState } from '../../features/overview/sandbox-view.ts';
import type { DeadLetterListing } from '../dead-letters/dead-letter-list.ts';
import { DeadLetters } from '../dead-letters/dead-letters-section.tsx';
import { ActionNotice } from '../layout/action-notice.tsx';
import { LiveBadge } from '../layout/live-badge.tsx';
import { PageHeader } from '../layout/page.tsx';
import { Section } from '../layout/section.tsx';
import { RegisterAgain } from '../register-again.tsx';
import { Clock } from '../time.tsx';
import { ToneIcon } from '../tone.tsx';
import { ChartSection } from './chart-section.tsx';
import { CurrentIncidentCard } from './current-incident.tsx';
import { Ledger } from './ledger.tsx';
import { RecentEvents } from './recent-events.tsx';
import { SandboxBar } from './sandbox-bar.tsx';
import { SetupCard } from './setup-card.tsx';
import { Tiles } from './tiles.tsx';
import { Verdict } from './verdict.tsx';

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
        <ActionNotice />
      </div>
    </Clock>
  );
}

/** What does not stop the service but needs somebody, each with its cure. */
function Warnings({ warnings }: { warnings: Warning[] }) {
  if (warnings.length === 0) return null;
  return (
    <ul className="oc-warnings" aria-label="Warnings">
      {warnings.map((warning) => (
        <li key={warning.id} className={`oc-warning oc-band-${warning.tone}`}>
          <ToneIcon tone={warning.tone} />
          <div>
            <p>
              <strong>{warning.sentence}</strong> {warning.cure}{' '}
              {warning.link && <Link to={warning.link.to}>{warning.link.label}</Link>}
            </p>
            {warning.registers && <RegisterAgain />}
          </div>
        </li>
      ))}
    </ul>
  );
}
