import { Link } from '@remix-run/react';
import type { ReactNode } from 'react';
import type { GateItem } from '../../features/recovery/gate-item.ts';
import type { RecoveryGate, RecoveryPageView } from '../../features/recovery/decide-recovery-step.ts';
import { CopyText, TextField } from '../forms/form-fields.tsx';
import { PostForm, SubmitButton } from '../forms/post-form.tsx';
import { BackLink, Page, Section } from '../layout/page.tsx';
import { useMay } from '../layout/person.tsx';
import { ToneWord } from '../tone.tsx';
import { CanarySection } from './canary-section.tsx';
import { GateHead, GateItems } from './gate.tsx';

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
      <GateHead state={state} mayAct={mayAct} />
      {/* Of another incident it is another page: none of it only moves away from under who reads. */}
      <div className="oc-two" key={incident?.id ?? 'none'}>
        <div className="oc-column">
          {recovery && !isOpen && <StakeholderSection recovery={recovery} open mayAct={mayAct} />}
          {fallback.on && <RestoreSection {...props} mayAct={mayAct} />}
          {recovery && (
            <RecoverySection recovery={recovery} open={isOpen && !fallback.on} mayAct={mayAct && isOpen} />
          )}
          {!fallback.on && !recovery && <RestoreSection {...props} mayAct={mayAct} />}
        </div>
        <div className="oc-column">
          <CanarySection canary={canary} mayAct={mayAct} started={state.next?.action.kind === 'canary'} />
          {recovery && isOpen && mayRespond && <ResolveSection recovery={recovery} />}
          {recovery && isOpen && (
            <StakeholderSection recovery={recovery} open={recovery.passed} mayAct={mayAct} />
          )}
          {!fallback.on && recovery && <RestoreSection {...props} mayAct={mayAct} />}
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

function RestoreSection({
  state,
  restore,
  fallback,
  recovery,
  mayAct,
}: RecoveryPageView & { mayAct: boolean }) {
  return (
    <Checklist
      id="restore"
      title="Restore automation"
      items={restore.items}
      open={fallback.on}
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
        checks={state.next?.action.kind !== 'check'}
      />
    </Checklist>
  );
}

interface ChecklistProps {
  id: string;
  title: string;
  items: readonly GateItem[];
  /** It is the list to go through now; the others are one click away. */
  open: boolean;
  hint: ReactNode;
  children: ReactNode;
}

function Checklist({ id, title, items, open, hint, children }: ChecklistProps) {
  const done = items.filter((item) => item.done).length;
  return (
    <Section
      id={id}
      title={title}
      side={<span className="oc-quiet">{`${done} of ${items.length} done`}</span>}
      hint={hint}
    >
      {open ? (
        children
      ) : (
        <details className="oc-details">
          <summary>Show the list</summary>
          {children}
        </details>
      )}
    </Section>
  );
}

type PartProps = { recovery: NonNullable<RecoveryPageView['recovery']>; mayAct: boolean };

function RecoverySection({ recovery, open, mayAct }: PartProps & { open: boolean }) {
  const { incident, items } = recovery;
  return (
    <Checklist
      id="recovery"
      title="Prove the recovery"
      items={items}
      open={open}
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
    </Checklist>
  );
}

function StakeholderSection({ recovery, open, mayAct }: PartProps & { open: boolean }) {
  const { incident, stakeholders } = recovery;
  return (
    <Checklist
      id="stakeholders"
      title="Tell those who are to know"
      items={stakeholders}
      open={open}
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
    </Checklist>
  );
}

/** Resolving: free once the recovery is proved; before that it is an override, with a reason that goes on the record. */
function ResolveSection({ recovery }: { recovery: RecoveryGate }) {
  const { incident, passed } = recovery;
  return (
    <Section
      id="resolve"
      title={`Resolve incident ${incident.id}`}
      side={<ToneWord tone={passed ? 'good' : 'warning'}>{passed ? 'Free' : 'Locked'}</ToneWord>}
      hint={passed ? 'Its recovery is proved.' : 'Locked until the recovery is proved.'}
    >
      {passed ? (
        <ResolveForm incidentId={incident.id} />
      ) : (
        <details className="oc-details">
          <summary>Override…</summary>
          <ResolveForm incidentId={incident.id} override />
        </details>
      )}
    </Section>
  );
}

function ResolveForm({ incidentId, override = false }: { incidentId: number; override?: boolean }) {
  return (
    <PostForm action={`/api/incidents/${incidentId}/resolve`} className="oc-choice">
      {(busy) => (
        <>
          <TextField label="What it was" name="resolution" required maxLength={1000} autoComplete="off" />
          {override && (
            <TextField
              label="Reason to resolve it all the same"
              name="overrideReason"
              required
              maxLength={500}
              autoComplete="off"
              hint="It goes on the record with your name, and into the incident report."
            />
          )}
          <SubmitButton look={override ? 'secondary' : 'primary'} disabled={busy}>
            {override ? 'Resolve all the same' : 'Resolve'}
          </SubmitButton>
        </>
      )}
    </PostForm>
  );
}
