import type { ContactView } from '../../../features/incidents/escalation/contacts-view.ts';
import type { RotationView } from '../../../features/incidents/on-call/on-call-view.ts';
import { listText } from '../../../lib/words.ts';
import { bareTime } from '../../../lib/zone.ts';
import { CopyText } from '../../forms/form-fields.tsx';
import { SubmitButton } from '../../forms/post-form.tsx';
import { useMay } from '../../layout/person.tsx';
import { Section } from '../../layout/page.tsx';
import { Moment, useNow, useZone } from '../../time.tsx';
import { ContactsForm, ContactsSelect, ContactsText, useProblemOf } from './contacts-form.tsx';
import { ContactOptions, RotationFields } from './contact-fields.tsx';

interface OnCallProps {
  rotations: RotationView[];
  contacts: ContactView[];
  may: boolean;
}

/** Who is on call for a role, week by week: only they are told when it is the role's turn. */
export function OnCallSection({ rotations, contacts, may }: OnCallProps) {
  const failed = useProblemOf('add-rotation') !== null;
  return (
    <Section
      id="on-call"
      title="On call"
      hint="Contacts of one role take turns, a week each: only whoever is on call is told. When nobody is, or they cannot be reached, everybody with the role is told."
    >
      {rotations.length === 0 && (
        <p className="oc-hint">There is no rotation: everybody with a role is told.</p>
      )}
      <ul className="oc-contacts">
        {rotations.map((rotation) => (
          <RotationRow key={rotation.id} rotation={rotation} contacts={contacts} may={may} />
        ))}
      </ul>
      {may && (
        <details className="oc-details" open={failed || undefined} key={rotations.map(({ id }) => id).join()}>
          <summary>Add a rotation</summary>
          <ContactsForm verb="add-rotation" form="add-rotation">
            {(busy) => (
              <>
                <RotationFields contacts={contacts} />
                <SubmitButton look="primary" disabled={busy}>
                  Add the rotation
                </SubmitButton>
              </>
            )}
          </ContactsForm>
        </details>
      )}
    </Section>
  );
}

interface RowProps {
  rotation: RotationView;
  contacts: ContactView[];
  may: boolean;
}

function RotationRow({ rotation, contacts, may }: RowProps) {
  const { id, version, role, zone, handOver, people, now, isOverridden, turns, overrides } = rotation;
  const mayStandIn = useMay('incidents.respond');
  const [turn, ...later] = turns;
  const next = later.find(({ name }) => name !== turn?.name);
  return (
    <li>
      <div>
        <h3>
          {role}: {listText(now.names) || <span className="oc-gap">nobody can be told</span>}{' '}
          {!now.gap && turn && (
            <small className="oc-quiet">
              {isOverridden ? 'stands in ' : ''}until <Moment at={turn.to} form="minute" />
            </small>
          )}
        </h3>
        {now.gap && <p className="oc-gap">{now.gap}</p>}
        <p className="oc-quiet">
          {next && (
            <>
              Next: {next.name} from <Moment at={next.from} form="minute" />.{' '}
            </>
          )}
          In turn: {listText(people.map(({ name }) => name))}. Handed over on {weekdayOf(rotation)} at{' '}
          {handOver} by the clock of {zone}.
        </p>
        {overrides.length > 0 && (
          <ul className="oc-plain-list">
            {overrides.map((override) => (
              <li key={override.id} className="oc-row">
                <span>
                  {override.name} stands in from <Moment at={override.from} form="minute" /> to{' '}
                  <Moment at={override.to} form="minute" />
                </span>
                {mayStandIn && (
                  <ContactsForm
                    verb="remove-override"
                    form={`override-${override.id}`}
                    fields={{ id, override: override.id }}
                  >
                    {(busy) => (
                      <SubmitButton
                        size="slim"
                        disabled={busy}
                        aria-label={`Take back: ${override.name} stands in`}
                      >
                        Take back
                      </SubmitButton>
                    )}
                  </ContactsForm>
                )}
              </li>
            ))}
          </ul>
        )}
      </div>
      <div className="oc-contacts-actions">
        <details className="oc-details">
          <summary aria-label={`The next weeks: ${role}`}>The next weeks</summary>
          <ol className="oc-plain-list">
            {turns.map((one) => (
              <li key={one.from}>
                <Moment at={one.from} form="minute" />: <b>{one.name}</b>
                {one.instead && ' (stands in)'}
              </li>
            ))}
          </ol>
        </details>
        {mayStandIn && (
          // After a change the forms are empty and closed.
          <StandIn key={`${version} ${overrides.map((one) => one.id).join()}`} {...{ rotation, contacts }} />
        )}
        {mayStandIn && <Calendar rotation={rotation} />}
        {may && <ChangeRotation key={version} rotation={rotation} contacts={contacts} />}
      </div>
    </li>
  );
}

function StandIn({ rotation, contacts }: Omit<RowProps, 'may'>) {
  const { id, role, zone, turns } = rotation;
  const [form, swap] = [`stand-in-${id}`, `swap-${id}`];
  const [failed, swapFailed] = [useProblemOf(form) !== null, useProblemOf(swap) !== null];
  const now = useNow();
  const own = useZone();
  const at = (ms: number) => bareTime(ms, zone, 'minute').slice(0, 16).replace(' ', 'T');
  const toCome = turns.filter(({ from }) => Date.parse(from) > now);
  const choices = toCome.map(({ from, name }) => (
    <option key={from} value={from}>
      {bareTime(from, own, 'minute')}: {name}
    </option>
  ));
  return (
    <details className="oc-details" open={failed || swapFailed || undefined}>
      <summary aria-label={`Stand in or swap: ${role}`}>Stand in or swap</summary>
      <ContactsForm verb="add-override" form={form} fields={{ id }}>
        {(busy) => (
          <>
            <div className="oc-filters">
              <ContactsSelect label="Who stands in" name="contact" defaultValue="">
                <option value="">Choose</option>
                <ContactOptions contacts={contacts} />
              </ContactsSelect>
              <ContactsText
                label="From"
                name="from"
                type="datetime-local"
                required
                defaultValue={at(now)}
                hint={`By the clock of ${zone}.`}
              />
              <ContactsText
                label="Until"
                name="until"
                type="datetime-local"
                required
                defaultValue={at(now + 86_400_000)}
              />
            </div>
            <SubmitButton disabled={busy}>Add the stand-in</SubmitButton>
          </>
        )}
      </ContactsForm>
      {toCome.length > 1 && (
        <ContactsForm verb="swap-turns" form={swap} fields={{ id }}>
          {(busy) => (
            <>
              <div className="oc-filters">
                <ContactsSelect label="Swap the turn from" name="turn" defaultValue={toCome[0]!.from}>
                  {choices}
                </ContactsSelect>
                <ContactsSelect label="with the turn from" name="with" defaultValue={toCome[1]!.from}>
                  {choices}
                </ContactsSelect>
              </div>
              <SubmitButton disabled={busy}>Swap the two</SubmitButton>
            </>
          )}
        </ContactsForm>
      )}
    </details>
  );
}

function Calendar({ rotation: { id, role, calendar } }: { rotation: RotationView }) {
  return (
    <details className="oc-details">
      <summary aria-label={`Calendar: ${role}`}>Calendar</summary>
      <p className="oc-quiet">
        An address for your calendar program, of your own. Whoever has it reads who is on call, so keep it to
        yourself. It ends here, or with your access.
      </p>
      {calendar ? (
        <>
          <CopyText label="Show the address" text={calendar} />
          {calendar.startsWith('/') && (
            <p className="oc-quiet">Put the address of this app before it: APP_URL is not set.</p>
          )}
          <ContactsForm verb="end-calendar" form={`calendar-${id}`} fields={{ id }}>
            {(busy) => (
              <SubmitButton look="critical" size="slim" disabled={busy}>
                End this address
              </SubmitButton>
            )}
          </ContactsForm>
        </>
      ) : (
        <ContactsForm verb="make-calendar" form={`calendar-${id}`} fields={{ id }}>
          {(busy) => (
            <SubmitButton size="slim" disabled={busy}>
              Make an address
            </SubmitButton>
          )}
        </ContactsForm>
      )}
    </details>
  );
}

function ChangeRotation({ rotation, contacts }: Omit<RowProps, 'may'>) {
  const { id, version, role } = rotation;
  const form = `rotation-${id}`;
  const failed = useProblemOf(form) !== null;
  return (
    <details className="oc-details" open={failed || undefined}>
      <summary aria-label={`Change or end the rotation: ${role}`}>Change or end</summary>
      <ContactsForm verb="edit-rotation" form={form} fields={{ id, version }}>
        {(busy) => (
          <>
            <RotationFields rotation={rotation} contacts={contacts} />
            <SubmitButton disabled={busy}>Change the rotation</SubmitButton>
          </>
        )}
      </ContactsForm>
      <ContactsForm verb="remove-rotation" form={`remove-${form}`} fields={{ id, version }}>
        {(busy) => (
          <SubmitButton look="critical" size="slim" disabled={busy} aria-label={`End the rotation: ${role}`}>
            End the rotation
          </SubmitButton>
        )}
      </ContactsForm>
    </details>
  );
}

/** The day of a date without a clock. */
const weekdayOf = ({ startsOn }: RotationView): string =>
  new Intl.DateTimeFormat('en-US', { weekday: 'long', timeZone: 'UTC' }).format(new Date(startsOn));
