import {
  type BouncedSubscriber,
  figuresOfMailing,
  type Mailing,
  type SubscriberCounts,
} from '../../features/status/subscribers/subscribers-view.ts';
import { EN } from '../../features/status/words/en.ts';
import { countText, numberText } from '../../lib/words.ts';
import { TextField } from '../forms/form-fields.tsx';
import { PostForm, SubmitButton } from '../forms/post-form.tsx';
import { useMay } from '../layout/person.tsx';
import { Progress } from '../layout/progress.tsx';
import { Section } from '../layout/page.tsx';
import { Time } from '../time.tsx';

const ACTION = '/status-page';

export interface SubscribersSectionProps {
  /** Anybody can subscribe; else why not. */
  open: boolean;
  counts: SubscriberCounts;
  /** So many are told in a minute. */
  perMinute: number;
  mailings: Mailing[];
  /** Empty for whoever may not see addresses. */
  bounced: BouncedSubscriber[];
}

/** Who is told by e-mail and webhook: how many, how far, and which addresses take nothing. */
export function SubscribersSection({ open, counts, perMinute, mailings, bounced }: SubscribersSectionProps) {
  const mayChange = useMay('settings.manage');
  const { mails, hooks, unconfirmed } = counts;
  return (
    <Section
      id="subscribers"
      title="Subscribers"
      hint="They sign up on the public page, confirm by a link, and are told when the state changes, not of each text."
    >
      {!open && (
        <p className="oc-hint">
          Nobody can subscribe: it needs SMTP_URL, SMTP_FROM and APP_URL, and SUBSCRIBER_MAILS_PER_MINUTE
          above 0.
        </p>
      )}
      <p>
        {addresses(mails, 'e-mail ')} and {countText(hooks, 'webhook')} are told, at most {perMinute} a
        minute. {countText(unconfirmed, 'sign-up')} not confirmed yet; {addresses(counts.bounced)} bounced.
      </p>
      {mailings.length > 0 && (
        <ul className="oc-replays">
          {mailings.map((mailing) => (
            <Progress key={mailing.id} work={workOf(mailing, perMinute, mayChange)} />
          ))}
        </ul>
      )}
      {mayChange && (
        <>
          {bounced.length > 0 && (
            <details className="oc-details">
              <summary>Addresses that bounced</summary>
              <ul className="oc-lines">
                {bounced.map((one) => (
                  <li key={one.id}>
                    <p>
                      <b>{one.address}</b>, <Time at={one.at} />: {one.answer}
                    </p>
                    <PostForm action={ACTION} fields={{ subscriber: String(one.id), address: one.address }}>
                      {(busy) => (
                        <div className="oc-row">
                          <SubmitButton name="do" value="unbounce" disabled={busy}>
                            Tell it again<span className="oc-hidden">: {one.address}</span>
                          </SubmitButton>
                          <SubmitButton name="do" value="unsubscribe" look="plain" disabled={busy}>
                            Remove<span className="oc-hidden"> {one.address}</span>
                          </SubmitButton>
                        </div>
                      )}
                    </PostForm>
                  </li>
                ))}
              </ul>
            </details>
          )}
          <details className="oc-details">
            <summary>Remove an address</summary>
            <PostForm action={ACTION} fields={{ do: 'unsubscribe' }} className="oc-form" resets>
              {(busy) => (
                <>
                  <TextField
                    label="E-mail address or webhook"
                    name="address"
                    required
                    maxLength={500}
                    autoComplete="off"
                    hint="With all that is known of it, as its owner may ask for."
                  />
                  <SubmitButton disabled={busy}>Remove it</SubmitButton>
                </>
              )}
            </PostForm>
          </details>
        </>
      )}
    </Section>
  );
}

const addresses = (n: number, kind = '') => `${numberText(n)} ${kind}${n === 1 ? 'address' : 'addresses'}`;

function workOf(mailing: Mailing, perMinute: number, mayChange: boolean) {
  const { id, title, state, total, told, failed, waiting, onTheWay, cancelledBy } = mailing;
  const word = Object.entries(EN.update).find(([known]) => known === state)?.[1] ?? state;
  const open = waiting + onTheWay > 0;
  return {
    id: `mailing-${id}`,
    name: `Telling subscribers of “${title}”`,
    title: `${title}: ${word}`,
    state: open ? ('running' as const) : cancelledBy === null ? ('done' as const) : ('cancelled' as const),
    ...{ done: told + failed, total, failing: failed > 0, figures: figuresOfMailing(mailing) },
    perSecond: null,
    secondsLeft: waiting > 0 && perMinute > 0 ? Math.ceil((waiting / perMinute) * 60) : null,
    reason: cancelledBy === null ? null : `Cancelled by ${cancelledBy}.`,
    ...(mayChange &&
      waiting > 0 && {
        control: (verb: 'pause' | 'resume' | 'cancel') =>
          verb === 'cancel'
            ? { action: ACTION, fields: { do: 'cancel-mailing', mailing: String(id) } }
            : null,
      }),
  };
}
