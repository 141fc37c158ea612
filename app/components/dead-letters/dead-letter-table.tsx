import { Link, useSearchParams } from '@remix-run/react';
import { ReplayIcon } from '@shopify/polaris-icons';
import { PersonName, useMay } from '../layout/person.tsx';
import { causeWords, customerWords, eventWords } from './delivery-words.ts';
import { PostForm, SubmitButton } from '../forms/post-form.tsx';
import { type Kept, RowGone } from '../layout/steady.tsx';
import { ToneWord } from '../tone.tsx';
import { Time } from '../time.tsx';
import type { DeadLetterListState } from '../../features/delivery/dead-letters/dead-letter-view.ts';
import type { DeadLetterItem } from './dead-letter-list.ts';
import { BULK_FORM } from './bulk.tsx';

const HEADINGS: Record<DeadLetterListState, string[]> = {
  open: ['Message', 'Customer', 'What went wrong', 'Gave up', 'Since then', 'Action'],
  replayed: ['Message', 'Customer', 'What went wrong', 'Gave up', 'Since then', 'Now'],
  discarded: ['Message', 'Customer', 'What went wrong', 'Gave up', 'Discarded', 'Action'],
};

interface TableProps {
  state: DeadLetterListState;
  rows: readonly Kept<DeadLetterItem>[];
  selected: ReadonlySet<number>;
  onSelect: (id: number, selected: boolean) => void;
}

/** The dead letters in view; the checkbox of each row belongs to the bulk form, and needs no JavaScript. */
export function DeadLetterTable({ state, rows, selected, onSelect }: TableProps) {
  const mayReplay = useMay('dead_letters.replay');
  const selectable = state === 'open' && mayReplay;
  return (
    <table className={`oc-table oc-table-text oc-dead-table oc-dead-table-${state}`}>
      <thead>
        <tr>
          {selectable && (
            <th scope="col">
              <span className="oc-hidden">Select</span>
            </th>
          )}
          {HEADINGS[state].map((title) => (
            <th key={title} scope="col">
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ row, gone }) => (
          <tr key={row.id} id={`dl-${row.id}`} className={classOf(gone, selected.has(row.id))}>
            {selectable && (
              <td className="oc-cell-select">
                {row.replayId === null && !gone && (
                  <input
                    type="checkbox"
                    name="id"
                    value={row.id}
                    form={BULK_FORM}
                    checked={selected.has(row.id)}
                    onChange={(event) => onSelect(row.id, event.target.checked)}
                    aria-label={`Select dead letter ${row.id}`}
                  />
                )}
              </td>
            )}
            <Cells row={row} gone={gone} state={state} />
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const classOf = (gone: boolean, selected: boolean) =>
  gone ? 'oc-gone' : selected ? 'oc-selected' : undefined;

interface CellsProps {
  row: DeadLetterItem;
  gone: boolean;
  state: DeadLetterListState;
}

function Cells({ row, gone, state }: CellsProps) {
  return (
    <>
      <td className="oc-cell-what">
        <Link to={`/dead-letters/${row.id}`} className="oc-strong-link">
          {eventWords(row.event)}
        </Link>
        <small>No. {row.id}</small>
      </td>
      <td className="oc-cell-who">
        <PersonName name={customerWords(row)} />
        {row.conversation && (
          <small>
            Conversation {row.conversation}
            {row.fromMachine && ', from a machine'}
          </small>
        )}
      </td>
      <td className="oc-cell-why">
        {causeWords(row.errorClass, row.status)}
        <small>after {row.attempts === 1 ? '1 attempt' : `${row.attempts} attempts`}</small>
      </td>
      <td className="oc-cell-when">
        <Time at={row.deadAt} />
      </td>
      <td className="oc-cell-since">
        {state === 'discarded' ? (
          <>
            by {row.discardedBy ?? 'unknown'}
            <small>{row.discardReason}</small>
          </>
        ) : (
          <SinceThen row={row} />
        )}
      </td>
      <td className="oc-cell-action">{gone ? <RowGone /> : <RowAction row={row} state={state} />}</td>
    </>
  );
}

/** What happened in the conversation after the message failed: the more of it, the staler the message. */
function SinceThen({ row }: { row: DeadLetterItem }) {
  if (row.resolvedSince) return <ToneWord tone="info">Resolved since</ToneWord>;
  if (row.answeredSince) return <ToneWord tone="info">Answered since</ToneWord>;
  if (row.newerDelivered) return <ToneWord tone="info">Newer ones delivered</ToneWord>;
  return <span className="oc-quiet">Nothing yet</span>;
}

function RowAction({ row, state }: { row: DeadLetterItem; state: DeadLetterListState }) {
  const [params] = useSearchParams();
  const mayReplay = useMay('dead_letters.replay');
  const mayRestore = useMay('dead_letters.restore');
  if (state === 'discarded') {
    if (!mayRestore) return null;
    return (
      <Link to={`/dead-letters/${row.id}#restore`} className="oc-link">
        Restore…
      </Link>
    );
  }
  if (state === 'replayed') return <Now state={row.state} />;
  if (row.replayId !== null) return <ToneWord tone="info">{`In replay ${row.replayId}`}</ToneWord>;
  if (!mayReplay) return null;
  return (
    <PostForm
      action="/api/dead-letters/replay"
      fields={{ scope: 'selected', id: String(row.id) }}
      returnTo={`/delivery?${params.toString()}`}
    >
      {(busy) => (
        <SubmitButton
          size="slim"
          icon={ReplayIcon}
          disabled={busy}
          aria-label={`Replay dead letter ${row.id}`}
        >
          Replay
        </SubmitButton>
      )}
    </PostForm>
  );
}

function Now({ state }: { state: DeadLetterItem['state'] }) {
  if (state === 'delivered') return <ToneWord tone="good">Delivered</ToneWord>;
  if (state === 'pending') return <ToneWord tone="info">On its way</ToneWord>;
  if (state === 'dead') return <ToneWord tone="critical">Failed again</ToneWord>;
  return <ToneWord tone="unknown">Discarded</ToneWord>;
}
