import type { Permission } from '../../features/access/permissions.ts';
import type { ShellCounts } from '../../features/overview/shell/shell-view.ts';

/** A page that the navigation leads to. */
export interface Place {
  to: string;
  label: string;
  /** What is found there, in a sentence. */
  about: string;
  /** Whoever lacks it is not led there. */
  permission: Permission;
}

/** Where people work during an outage, in the order in which they need it, with what its number counts. */
export const PLACES: readonly (Place & { count: keyof ShellCounts; counted: [one: string, many: string] })[] =
  [
    {
      to: '/',
      label: 'Now',
      about: 'What is wrong, who is on it, and what to do.',
      permission: 'page.read',
      count: 'now',
      counted: ['warning', 'warnings'],
    },
    {
      to: '/incidents',
      label: 'Incidents',
      about: 'Every outage with its guide, timeline and report.',
      permission: 'page.read',
      count: 'incidents',
      counted: ['open incident', 'open incidents'],
    },
    {
      to: '/waiting',
      label: 'Waiting',
      about: 'Customers who wait for an answer, the most urgent first.',
      permission: 'page.read',
      count: 'waiting',
      counted: ['customer waits', 'customers wait'],
    },
    {
      to: '/tickets',
      label: 'Tickets',
      about: 'Customers who reached us another way, kept by hand.',
      permission: 'page.read',
      count: 'tickets',
      counted: ['ticket without an answer', 'tickets without an answer'],
    },
    {
      to: '/recovery',
      label: 'Recovery',
      about: 'What must be true before automation goes on, and before an outage is over.',
      permission: 'page.read',
      count: 'recovery',
      counted: ['thing to restore', 'things to restore'],
    },
  ];

/** What is set up and looked into in quiet times. */
export const SETTINGS: readonly Place[] = [
  {
    to: '/delivery',
    label: 'Deliveries',
    about: 'Dead letters, replays and the ledger.',
    permission: 'page.read',
  },
  {
    to: '/fallback',
    label: 'Fallback',
    about: 'Answering by hand, and the way back.',
    permission: 'page.read',
  },
  {
    to: '/health',
    label: 'Health',
    about: 'Every check, with its history.',
    permission: 'page.read',
  },
  {
    to: '/alerts',
    label: 'Alert rules',
    about: 'What opens an incident.',
    permission: 'page.read',
  },
  { to: '/contacts', label: 'Contacts', about: 'Who is told, how, and when.', permission: 'page.read' },
  { to: '/status-page', label: 'Status page', about: 'What customers see.', permission: 'page.read' },
  { to: '/drill', label: 'Drill', about: 'Practise an outage.', permission: 'page.read' },
  {
    to: '/people',
    label: 'People',
    about: 'Who may sign in, with which role.',
    permission: 'people.manage',
  },
  { to: '/api-docs', label: 'API', about: 'What programs may ask, with a token.', permission: 'page.read' },
  { to: '/audit', label: 'Audit log', about: 'Who did what, and when.', permission: 'audit.read' },
  {
    to: '/account',
    label: 'Account',
    about: 'Your password, second factor, sessions and tokens.',
    permission: 'page.read',
  },
];

/** Whether an address belongs to a place. */
export const isAt = ({ to }: Pick<Place, 'to'>, pathname: string): boolean =>
  to === '/' ? pathname === '/' : pathname === to || pathname.startsWith(`${to}/`);

/** Whether an address belongs to the settings; dead letters are reached from the deliveries. */
export const isInSettings = (pathname: string): boolean =>
  pathname === '/settings' ||
  pathname.startsWith('/dead-letters') ||
  SETTINGS.some((place) => isAt(place, pathname));
