import { type AuditItem, type AuditPage, changedFields } from '../../../features/audit/audit-view.ts';
import { visible } from '../../../lib/visible.ts';
import { PersonName } from '../../layout/person.tsx';
import { Moment } from '../../time.tsx';

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

/** What was done, in words; what is not listed shows as it is recorded. */
const ACTIONS: Record<string, string> = {
  'dead_letters.replay': 'Started a replay',
  'dead_letters.discard': 'Discarded dead letters',
  'dead_letters.restore': 'Restored discarded dead letters',
  'session.refused': 'Sign-in refused',
  'replays.pause': 'Paused a replay',
  'replays.resume': 'Resumed a replay',
  'replays.cancel': 'Cancelled a replay',
  'replays.stop': 'Stopped a replay by itself',
  'backlog.assign': 'Handed waiting conversations to people',
  'reconcile.run': 'Looked for messages that never arrived',
  'reconcile.send_withheld': 'Sent fetched messages that were withheld',
  'reconcile.leave_withheld': 'Left fetched messages unsent for good',
  'gates.tick': 'Ticked an item of a checklist',
  'gates.untick': 'Took back a tick of a checklist',
  'gates.canary_start': 'Started a canary',
  'gates.canary_approve': 'Approved the draft of a canary',
  'gates.canary_reject': 'Rejected the draft of a canary',
  'gates.canary_cancel': 'Cancelled a canary',
  'report.saved': 'Saved an incident report',
  'report.kept_beside': 'Wrote into an incident report that somebody else had saved',
  'report.aside_settled': 'Put away a text beside an incident report',
  'report.signed': 'Signed an incident report',
  'report.reopened': 'Made a signed incident report a draft again',
  'report.action_added': 'Added a preventive action',
  'report.action_changed': 'Changed a preventive action',
  'health.check': 'Asked for a health check',
  'agent.test_event': 'Sent a test event to the Agent service',
  'alerts.threshold': 'Changed the threshold of an alert rule',
  'alerts.reset': "Took back an alert rule's own threshold",
  'alerts.mute': 'Muted an alert rule',
  'alerts.unmute': 'Unmuted an alert rule',
  'drill.start': 'Began a drill',
  'drill.acknowledge': 'Acknowledged, in a drill',
  'drill.publish': 'Published a text for customers, in a drill',
  'drill.fallback_on': 'Switched fallback mode on, in a drill',
  'drill.fallback_off': 'Switched fallback mode off, in a drill',
  'drill.repair': 'Repaired the cause, in a drill',
  'drill.end': 'Ended a drill',
  'chatwoot.connect': 'Connected Chatwoot',
  'chatwoot.remove_webhooks': "Removed Chatwoot's webhooks to another address",
  'arrival.prove': 'Sent a test message through Chatwoot',
};

export const actionWords = (action: string) =>
  Object.hasOwn(ACTIONS, action) ? ACTIONS[action]! : action.replaceAll('_', ' ');

const WAYS: Record<string, string> = {
  session: 'signed in',
  token: 'API token',
  cli: 'command line',
  form: 'not signed in',
  message: 'by the link in a message',
  system: 'by itself',
};

/** How somebody did it and from where, e.g. `API token, from 192.0.2.7`. */
function wayWords(via: string, from: string | null): string {
  const way = Object.hasOwn(WAYS, via) ? WAYS[via]! : via;
  return from ? `${way}, from ${from}` : way;
}
