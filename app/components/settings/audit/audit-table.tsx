import { type AuditItem, type AuditPage, changedFields } from '../../../features/audit/audit-view.ts';
import { visible } from '../../../lib/visible.ts';
import { PersonName } from '../../layout/person.tsx';
import { Moment } from '../../time.tsx';
import { actionWords, wayWords } from '../../../features/audit/audit-words.ts';

const HEADINGS = ['When', 'Who', 'What', 'Before and after', 'Reason'];

/** One page of the log. */
export function AuditTable({ rows }: { rows: AuditRow[] }) {
  return (
    <div className="oc-audit-table">
      <table className="oc-table oc-table-text">
        <thead>
          <tr>
            {HEADINGS.map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id} id={`audit-${row.id}`}>
              <td className="oc-audit-when">
                <Moment at={row.at} />
                <small>No. {row.id}</small>
              </td>
              <td className="oc-audit-who">
                <PersonName name={row.actor.name} />
                <small>
                  {row.actor.role}, {wayWords(row.actor.via, row.actor.from)}
                </small>
                {row.actor.id !== row.actor.name && <small>{visible(row.actor.id)}</small>}
              </td>
              <td className="oc-audit-what">
                {actionWords(row.action)}
                <small>{visible(row.target)}</small>
              </td>
              <td className="oc-audit-change">
                <Change row={row} />
              </td>
              <td className="oc-audit-reason">
                {row.reason ? visible(row.reason) : <span className="oc-quiet">None given</span>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Change({ row }: { row: AuditRow }) {
  const fields = changedFields(row.before, row.after);
  if (fields.length === 0) return <span className="oc-quiet">Nothing recorded</span>;
  return (
    <dl className="oc-audit-fields">
      {fields.map(({ name, before, after }) => (
        <div key={name}>
          <dt>{visible(name)}</dt>
          <dd>
            {before === after ? (
              <Value text={before} />
            ) : (
              <>
                <Value text={before} /> <span aria-label="became">→</span> <Value text={after} />
              </>
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Value({ text }: { text: string | null }) {
  return text === null ? <span className="oc-quiet">–</span> : <code>{visible(text)}</code>;
}

/** A row of the log as it comes to the browser. */
export type AuditRow = Omit<AuditItem, 'at' | 'before' | 'after'> & {
  at: string;
  before?: unknown;
  after?: unknown;
};

export type AuditListing = Omit<AuditPage, 'rows'> & { rows: AuditRow[] };
