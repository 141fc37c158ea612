import { Link } from '@remix-run/react';
import type { Overview, Tile, Warning } from '../../features/overview/overview-view.ts';
import type { SandboxState } from '../../features/overview/sandbox-view.ts';
import type { NowTimeline } from '../../features/overview/shell/now-timeline.ts';
import { shownWarnings } from '../../features/overview/shell/shell-view.ts';
import { countText } from '../../lib/words.ts';
import { Replays, unfinished } from '../dead-letters/replays.tsx';
import { RegisterAgain } from '../forms/post-form.tsx';
import { Page, Section } from '../layout/page.tsx';
import { Said } from '../time.tsx';
import { ToneIcon, ToneWord } from '../tone.tsx';
import { CurrentIncidentCard, NowActions } from './current-incident.tsx';
import { SandboxBar } from './sandbox-bar.tsx';
import { FirstSteps, SetupCard, useFirstSteps } from './setup-card.tsx';
import { LostCard, ReadyCard } from './side-cards.tsx';
import { TimelineCard } from './timeline-card.tsx';
import { Verdict } from './verdict.tsx';

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

/** What customer support hangs on; the other figures are on the page Deliveries. */
const PARTS: readonly Tile['id'][] = ['chatwoot', 'intake', 'agent', 'dead_letters'];

/** Whether each part works, in a word and a figure. */
function Parts({ tiles }: { tiles: Tile[] }) {
  return (
    <ul className="oc-parts" aria-label="Status">
      {tiles
        .filter(({ id }) => PARTS.includes(id))
        .map(({ id, title, tone, word, figure, link }) => (
          <li key={id} className={`oc-part oc-tile oc-tile-${tone}`}>
            <h2 className="oc-tile-title">
              <Link to={link}>{title}</Link>
            </h2>
            <ToneWord tone={tone}>{word}</ToneWord>
            <p className="oc-part-figure">{figure}</p>
          </li>
        ))}
    </ul>
  );
}

/** What does not stop the service but needs somebody, each with its cure. */
function Warnings({ warnings }: { warnings: Warning[] }) {
  return (
    <ul className="oc-warnings" aria-label="Warnings">
      {warnings.map((warning) => (
        <li key={warning.id} className={`oc-warning oc-band-${warning.tone}`}>
          <ToneIcon tone={warning.tone} />
          <div>
            <p>
              <strong>
                <Said text={warning.sentence} />
              </strong>{' '}
              <Said text={warning.cure} />{' '}
              {warning.link && <Link to={warning.link.to}>{warning.link.label}</Link>}
            </p>
            {warning.registers && <RegisterAgain />}
          </div>
        </li>
      ))}
    </ul>
  );
}
