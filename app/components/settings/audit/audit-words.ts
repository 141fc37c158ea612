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
export function wayWords(via: string, from: string | null): string {
  const way = Object.hasOwn(WAYS, via) ? WAYS[via]! : via;
  return from ? `${way}, from ${from}` : way;
}
