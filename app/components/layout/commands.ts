import type { Permission } from '../../features/access/permissions.ts';
import { PLACES, SETTINGS } from './places.ts';

/** Something to go to or to do by a few letters. */
export interface Command {
  kind: 'Go to' | 'Do';
  label: string;
  detail: string;
  permission: Permission;
  to?: string;
  /** Posted as a form, which comes back to this page with a notice. */
  post?: string;
  /** Puts the address of this page on the clipboard. */
  copiesLink?: true;
  /** The keys that do the same. */
  keys?: string;
}

/** The second key after `g`, by place. */
export const GO_KEYS: Record<string, string> = {
  n: '/',
  i: '/incidents',
  w: '/waiting',
  t: '/tickets',
  a: '/tickets#add',
  r: '/recovery',
  d: '/delivery',
  h: '/health',
  s: '/settings',
};

const keysOf = (to: string) => Object.entries(GO_KEYS).find(([, at]) => at === to)?.[0];

const PAGES: readonly Command[] = [
  ...PLACES,
  {
    to: '/settings',
    label: 'Settings',
    about: 'What is set up in quiet times.',
    permission: 'page.read' as const,
  },
  ...SETTINGS,
].map(({ to, label, about, permission }) => {
  const key = keysOf(to);
  return { kind: 'Go to', label, detail: about, permission, to, ...(key && { keys: `g ${key}` }) };
});

const ACTIONS: readonly Omit<Command, 'kind'>[] = [
  {
    label: 'Copy the link of this view',
    detail: 'With its filter, tab and span, for somebody else.',
    permission: 'page.read',
    copiesLink: true,
  },
  {
    label: 'Check everything now',
    detail: 'Probes every part at once.',
    permission: 'health.check',
    post: '/api/health/check',
  },
  {
    label: 'Send a test message',
    detail: 'Proves that messages arrive, with an invented customer.',
    permission: 'health.check',
    post: '/api/arrival/prove',
  },
  {
    label: 'Answer by hand: fallback mode',
    detail: 'Shows what it does before it does it.',
    permission: 'fallback.toggle',
    to: '/fallback#switch',
  },
  {
    label: 'Replay dead letters',
    detail: 'Shows how many and whose before anything is sent.',
    permission: 'dead_letters.replay',
    to: '/dead-letters/replay?scope=all',
  },
  {
    label: 'Add a ticket',
    detail: 'A customer who reached us another way.',
    permission: 'tickets.write',
    to: '/tickets#add',
    keys: `g ${keysOf('/tickets#add')}`,
  },
  {
    label: 'Open an incident',
    detail: 'When people know before the rules do.',
    permission: 'incidents.respond',
    to: '/incidents',
  },
  {
    label: 'Practise an outage',
    detail: 'A drill touches no customer.',
    permission: 'drill.run',
    to: '/drill',
  },
  {
    label: 'Change theme or time zone',
    detail: 'For this browser.',
    permission: 'account.own',
    to: '/account#browser',
  },
  {
    label: 'Be called when it breaks',
    detail: 'Notification and sound of this browser.',
    permission: 'account.own',
    to: '/account#calls',
  },
];

export const COMMANDS: readonly Command[] = [
  ...PAGES,
  ...ACTIONS.map((action): Command => ({ kind: 'Do', ...action })),
];

/** Those whose words all begin somewhere in it, in the order in which they stand. */
export function matching(commands: readonly Command[], typed: string): Command[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  return commands.filter(({ kind, label, detail }) => {
    const said = `${kind} ${label} ${detail}`.toLowerCase();
    return words.every((word) => said.includes(word));
  });
}
