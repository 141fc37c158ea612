import { Link } from '@remix-run/react';
import type { RecoveryPageView } from '../../features/gates/recovery-page-view.ts';
import { useMay } from '../access/person.ts';
import { BackLink } from '../back-link.tsx';
import { CopyText } from '../copy-text.tsx';
import { Page } from '../page.tsx';
import { Section } from '../section.tsx';
import { CanarySection } from './canary-section.tsx';
import { GateHead } from './gate-head.tsx';
import { GateItems } from './gate-items.tsx';
import { ResolveSection } from './resolve-section.tsx';

export interface RecoveryPageProps extends RecoveryPageView {
  at: string;
  /** Reached from an incident: the way back leads there. */
  ofIncident: boolean;
}

/** The way out of an outage: both checklists of the runbook, the canary, resolving, and who is to be told. */
export function RecoveryPage(props: RecoveryPageProps) {
  const { at, state, fallback, restore, canary, recovery, others, ofIncident } = props;
  const mayAct = useMay('gates.check');
  const mayRespond = useMay('incidents.respond');
  const incident = recovery?.incident ?? null;
  const isOpen = incident?.status === 'open' || incident?.status === 'acknowledged';
  return (
    <Page at={at} live>
      {ofIncident && incident && (
        <BackLink to={`/incidents/${incident.id}`}>{`Incident ${incident.id}: ${incident.title}`}</BackLink>
      )}
      <GateHead state={state} incidentId={incident?.id ?? null} mayAct={mayAct} />
      <div className="oc-two">
        <div className="oc-column">
          {recovery && !isOpen && <StakeholderSection recovery={recovery} mayAct={mayAct} />}
          {fallback.on && <RestoreSection {...props} mayAct={mayAct} />}
          {recovery && <RecoverySection recovery={recovery} mayAct={mayAct && isOpen} />}
          {!fallback.on && <RestoreSection {...props} mayAct={mayAct} />}
        </div>
        <div className="oc-column">
          <CanarySection canary={canary} mayAct={mayAct} />
          {recovery && isOpen && mayRespond && <ResolveSection recovery={recovery} />}
          {recovery && isOpen && <StakeholderSection recovery={recovery} mayAct={mayAct} />}
          {others.length > 0 && (
            <Section id="others" title="Other open incidents">
              <ul className="oc-plain-list">
                {others.map(({ id, title }) => (
                  <li key={id}>
                    <Link to={`/incidents/${id}/recovery`} className="oc-link">
                      Recovery from incident {id}: {title}
                    </Link>
                  </li>
                ))}
              </ul>
            </Section>
          )}
        </div>
      </div>
      {!mayAct && <p className="oc-hint">Your role only reads here.</p>}
      <noscript>
        <p className="oc-hint">Without JavaScript this page shows how things were when it was loaded.</p>
      </noscript>
      {restore.open && !fallback.on && !recovery && (
        <p className="oc-hint">
          Evidence counts for 15 minutes: an open checklist now only says that nothing was proved lately.
        </p>
      )}
    </Page>
  );
}

function RestoreSection({ restore, fallback, recovery, mayAct }: RecoveryPageView & { mayAct: boolean }) {
  const done = restore.items.filter((item) => item.done).length;
  return (
    <Section
      id="restore"
      title="Restore automation"
      side={<span className="oc-quiet">{`${done} of ${restore.items.length} done`}</span>}
      hint={
        fallback.on ? (
          <>
            Fallback mode is switched off when all of it is done, or with a reason.{' '}
            <Link to="/fallback" className="oc-link">
              Fallback mode
            </Link>
          </>
        ) : (
          'Fallback mode is off: nothing depends on this list now, and you may go through it as a rehearsal.'
        )
      }
    >
      <GateItems
        gate="restore"
        incidentId={recovery?.incident.id ?? null}
        items={restore.items}
        mayAct={mayAct}
      />
    </Section>
  );
}

type PartProps = { recovery: NonNullable<RecoveryPageView['recovery']>; mayAct: boolean };

function RecoverySection({ recovery, mayAct }: PartProps) {
  const { incident, items } = recovery;
  const done = items.filter((item) => item.done).length;
  return (
    <Section
      id="recovery"
      title="Prove the recovery"
      side={<span className="oc-quiet">{`${done} of ${items.length} done`}</span>}
      hint={
        <>
          Of{' '}
          <Link to={`/incidents/${incident.id}`} className="oc-link">
            incident {incident.id}: {incident.title}
          </Link>
          . {incident.overrideReason && `Resolved before it was proved, because: ${incident.overrideReason}`}
        </>
      }
    >
      <GateItems gate="recovery" incidentId={incident.id} items={items} mayAct={mayAct} />
    </Section>
  );
}

function StakeholderSection({ recovery, mayAct }: PartProps) {
  const { incident, stakeholders } = recovery;
  return (
    <Section
      id="stakeholders"
      title="Tell those who are to know"
      hint="The drafts are made from what is on record. Read them before you send them."
    >
      <GateItems
        gate="recovery"
        incidentId={incident.id}
        items={stakeholders}
        mayAct={mayAct}
        more={({ key }) => (
          <CopyText label="Draft" text={stakeholders.find((one) => one.key === key)?.draft ?? ''} />
        )}
      />
    </Section>
  );
}
