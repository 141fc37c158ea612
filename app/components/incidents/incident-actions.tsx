import { Link } from '@remix-run/react';
import type { ReactNode } from 'react';
import type { IncidentDetail, IncidentSummary } from '../../features/incidents/incident-view.ts';
import type { Told } from '../../features/status/status-document.ts';
import { SEVERITIES, SEVERITY_MEANING } from '../../lib/severity.ts';
import { useMay } from '../layout/person.tsx';
import { SelectField, TextField } from '../forms/form-fields.tsx';
import { PostForm, SubmitButton } from '../forms/post-form.tsx';
import { Section } from '../layout/page.tsx';
import { Countdown } from '../time.tsx';
import { ToneWord } from '../tone.tsx';

/** Whether its recovery is proved, and what is open. */
export interface RecoveryState {
  passed: boolean;
  open: string[];
}

interface IncidentActionsProps {
  incident: IncidentDetail;
  /** Other open incidents, to merge this one into. */
  others: Pick<IncidentSummary, 'id' | 'title'>[];
  recovery: RecoveryState | null;
  /** What customers were told last; null: nothing. */
  told: Told | null;
}

/** Everything that a person can do with an incident beside the guide; what is rarely needed is folded. */
export function IncidentActions({ incident, others, recovery, told }: IncidentActionsProps) {
  const mayRespond = useMay('incidents.respond');
  const { id, status } = incident;
  if (!mayRespond) {
    return (
      <Section id="actions" title="What to do">
        <p className="oc-hint">Your role only reads here. Ask a colleague who responds to incidents.</p>
      </Section>
    );
  }
  if (status === 'merged' || status === 'resolved') {
    return (
      <>
        {!incident.drill && (told?.goesOn || status === 'resolved') && (
          <Section id="customers" title="What customers are told">
            <ClosedUpdate id={id} told={told} />
          </Section>
        )}
        {status === 'resolved' && (
          <Section id="actions" title="Was it not over?">
            <Act id={id} verb="reopen" button="Reopen">
              <TextField label="Reason" name="reason" required maxLength={500} autoComplete="off" />
            </Act>
          </Section>
        )}
      </>
    );
  }
  return (
    <Section id="actions" title="What to do">
      {!incident.drill && (
        <p>
          <Link to={`/incidents/${id}/update`} className="oc-strong-link">
            Publish an update for customers
          </Link>
          {told?.nextAt && (
            <span className="oc-hint">
              {' '}
              The next one is due: <Countdown to={told.nextAt} over="overdue" />.
            </span>
          )}
        </p>
      )}
      <Folded title="Assign it">
        <Act id={id} verb="assign" button="Assign">
          <TextField
            label="To"
            name="assignee"
            defaultValue={incident.assignee ?? ''}
            maxLength={100}
            autoComplete="off"
            hint="A name; empty means nobody."
          />
        </Act>
      </Folded>
      <Folded title="Change its severity">
        <Act id={id} verb="severity" button="Change">
          <SelectField label="Severity" name="severity" defaultValue={incident.severity}>
            {SEVERITIES.map((severity) => (
              <option key={severity} value={severity}>
                {severity}: {SEVERITY_MEANING[severity]}
              </option>
            ))}
          </SelectField>
          <TextField label="Reason" name="reason" required maxLength={500} autoComplete="off" />
        </Act>
      </Folded>
      {others.length > 0 && (
        <Folded title="Merge it into another">
          <Act id={id} verb="merge" button="Merge">
            <SelectField label="Into" name="into">
              {others.map((other) => (
                <option key={other.id} value={other.id}>
                  {other.id}: {other.title}
                </option>
              ))}
            </SelectField>
          </Act>
        </Folded>
      )}
      <Folded title="Resolve it" open={incident.recoveredAt !== null}>
        <Resolve incident={incident} recovery={recovery} />
      </Folded>
    </Section>
  );
}

/** Of an incident that is over here: what customers see does not end by itself once a person has written it. */
function ClosedUpdate({ id, told }: { id: number; told: Told | null }) {
  return (
    <p>
      {told?.goesOn && (
        <>
          <ToneWord tone="warning">Still public</ToneWord> Customers are told that it goes on.{' '}
        </>
      )}
      <Link to={`/incidents/${id}/update`} className="oc-strong-link">
        {told?.goesOn
          ? 'Publish its end'
          : told
            ? 'Look back for customers'
            : 'Publish an update for customers'}
      </Link>
    </p>
  );
}

function Resolve({ incident, recovery }: { incident: IncidentDetail; recovery: RecoveryState | null }) {
  const { id, stillFiring } = incident;
  const locked = stillFiring || recovery?.passed === false;
  return (
    <>
      {recovery && !recovery.passed && (
        <p className="oc-hint">
          Locked until its recovery is proved: {recovery.open.join('; ')}.{' '}
          <Link to={`/incidents/${id}/recovery`} className="oc-link">
            Verify the recovery
          </Link>
        </p>
      )}
      <Act id={id} verb="resolve" button={locked ? 'Resolve all the same' : 'Resolve'}>
        <TextField label="What it was" name="resolution" required maxLength={1000} autoComplete="off" wide />
        {locked && (
          <TextField
            label={
              stillFiring
                ? 'Reason to resolve it although its rule still fires'
                : 'Reason to resolve it before its recovery is proved'
            }
            name="overrideReason"
            required
            maxLength={500}
            autoComplete="off"
            wide
            hint="It goes on the record and into the report."
          />
        )}
      </Act>
    </>
  );
}

interface ActProps {
  id: number;
  verb: string;
  button: string;
  children: ReactNode;
}

function Act({ id, verb, button, children }: ActProps) {
  return (
    <PostForm action={`/api/incidents/${id}/${verb}`} className="oc-choice">
      {(busy) => (
        <>
          {children}
          <SubmitButton disabled={busy}>{button}</SubmitButton>
        </>
      )}
    </PostForm>
  );
}

function Folded({ title, open = false, children }: { title: string; open?: boolean; children: ReactNode }) {
  return (
    <details className="oc-details" open={open || undefined}>
      <summary>{title}</summary>
      {children}
    </details>
  );
}
