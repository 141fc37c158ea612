import type { ContactGap, ContactView, StepView } from './contacts-view.ts';

/**
 * Roles of the policy that nobody can be reached for: to be seen before an outage, not during it. A step that is for
 * another way of hosting tells nobody here.
 */
export function contactGaps(
  contacts: readonly ContactView[],
  steps: readonly StepView[],
  hosting: 'self_hosted' | 'saas',
): ContactGap[] {
  const roles = new Set(
    steps.filter((step) => step.hosting === null || step.hosting === hosting).map(({ role }) => role),
  );
  return [...roles].flatMap((role) => {
    const people = contacts.filter((contact) => contact.role === role);
    const channels = people.flatMap((contact) => contact.channels);
    if (channels.some(({ problem }) => problem === null)) return [];
    if (people.length === 0) return [{ role, reason: 'Nobody has this role.' }];
    return [{ role, reason: channels[0]?.problem ?? 'There is no address yet.' }];
  });
}
