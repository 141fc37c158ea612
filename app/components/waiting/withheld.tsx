import {
  fieldsOf,
  type WithheldItem,
  type WithheldSelection,
  type WithheldView,
} from '../../features/arrival/comparison/reconciliation-view.ts';
import {
  askedCount,
  WITHHELD_WORDS,
  withheldCount,
  withheldText,
} from '../../features/arrival/comparison/reconciliation-words.ts';
import { countText, numberText } from '../../lib/words.ts';
import { PersonName } from '../layout/person.tsx';
import { PostForm, SubmitButton } from '../forms/post-form.tsx';
import { Section } from '../layout/page.tsx';
import { RowGone, useSteadyRows } from '../layout/steady.tsx';
import { Time } from '../time.tsx';
import { ToneWord } from '../tone.tsx';

interface WithheldProps {
  view: WithheldView;
  may: { send: boolean; leave: boolean };
}

/** What was fetched from Chatwoot when it was no news any more: how many, why, and what is to become of them. */
export function Withheld({ view, may }: WithheldProps) {
  const n = withheldCount(view);
  const { rows, ...steady } = useSteadyRows(view.items, {
    keyOf: ({ seq }) => seq,
    place: 'withheld',
    more: n > view.items.length,
  });
  if (n === 0) return null;
  const asked = askedCount(view);
  const one = n === 1;
  return (
    <Section
      id="withheld"
      title="Found, and not sent"
      side={<ToneWord tone="warning">Your decision</ToneWord>}
      hint="A draft for what is no news any more would be wrong, so the Agent service gets it only when somebody says so. Nothing is lost meanwhile."
    >
      <p>
        <b>{withheldText(view)}</b>
        {asked > 0 &&
          ` Send ${asked === n ? (one ? 'it' : `all ${numberText(n)}`) : `those ${numberText(asked)} that are old or very many, or all`}?`}
      </p>
      {may.send && (
        <div className="oc-step-buttons">
          <Decide decision="send" wish={{ upTo: view.upTo }}>
            {one ? 'Send it' : `Send all ${numberText(n)}`}
          </Decide>
          {asked > 0 && asked < n && (
            <Decide decision="send" wish={{ upTo: view.upTo, reasons: ['old', 'many'] }}>
              {`Send the ${numberText(asked)} that are old or very many`}
            </Decide>
          )}
          {may.leave && (
            <details className="oc-details">
              <summary>Leave {one ? 'it' : 'them'} for good</summary>
              <p>
                {one ? 'It stays' : 'They stay'} on record as discarded in your name. The Agent service never
                gets {one ? 'it' : 'them'}; nothing changes in Chatwoot.
              </p>
              <Decide decision="leave" wish={{ upTo: view.upTo }} danger>
                {one ? 'Leave it unsent' : `Leave all ${numberText(n)} unsent`}
              </Decide>
            </details>
          )}
        </div>
      )}
      <div
        className="oc-scroll"
        role="region"
        aria-label="Messages found and not sent"
        tabIndex={0}
        ref={steady.list}
      >
        {steady.notice}
        <table className="oc-table oc-table-text oc-cards">
          <thead>
            <tr>
              <th scope="col">Customer</th>
              <th scope="col">Written</th>
              <th scope="col">Why it was not sent</th>
              {may.send && <th scope="col">Decide</th>}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ row, gone }) => (
              <Row key={row.seq} item={row} gone={gone} may={may} />
            ))}
          </tbody>
        </table>
      </div>
      {n > view.items.length && (
        <p className="oc-quiet">
          The {countText(view.items.length, 'message')} that {view.items.length === 1 ? 'was' : 'were'} found
          first {view.items.length === 1 ? 'is' : 'are'} listed.
        </p>
      )}
    </Section>
  );
}

function Row({ item, gone, may }: { item: WithheldItem; gone: boolean; may: WithheldProps['may'] }) {
  const { seq, conversation, customer, reason, late, url } = item;
  const of = `the message of conversation ${conversation}`;
  return (
    <tr className={gone ? 'oc-gone' : undefined}>
      <th scope="row">
        <PersonName name={customer ?? 'Customer'} />
        <small>
          {url ? (
            <a
              href={url}
              target="_blank"
              rel="noreferrer"
            >{`Open conversation ${conversation} in Chatwoot`}</a>
          ) : (
            `conversation ${conversation}`
          )}
        </small>
      </th>
      <td data-label="Written">
        <Time at={item.writtenAt} />
      </td>
      <td data-label="Not sent">
        {WITHHELD_WORDS[reason]}
        {late && '; its webhook came late after all'}
      </td>
      {may.send && (
        <td>
          {gone ? (
            <RowGone />
          ) : (
            <div className="oc-step-buttons">
              <Decide decision="send" wish={{ seqs: [seq] }} label={`Send ${of}`}>
                Send
              </Decide>
              {may.leave && (
                <Decide decision="leave" wish={{ seqs: [seq] }} label={`Leave ${of} unsent`}>
                  Leave
                </Decide>
              )}
            </div>
          )}
        </td>
      )}
    </tr>
  );
}

interface DecideProps {
  decision: 'send' | 'leave';
  wish: WithheldSelection;
  children: string;
  /** For those who do not see the row that it stands in. */
  label?: string;
  danger?: boolean;
}

function Decide({ decision, wish, children, label, danger }: DecideProps) {
  return (
    <PostForm
      action="/api/reconcile/withheld"
      fields={{ do: decision, ...Object.fromEntries(fieldsOf(wish)) }}
      returnTo="/waiting"
    >
      {(busy) => (
        <SubmitButton
          disabled={busy}
          {...(label && { size: 'slim' as const, 'aria-label': label })}
          {...(danger && { look: 'critical' as const })}
        >
          {children}
        </SubmitButton>
      )}
    </PostForm>
  );
}
