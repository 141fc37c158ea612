import type { Permission } from '../../features/access/permissions.ts';

/** A page that the header leads to. */
export interface Place {
  to: string;
  label: string;
  /** Whoever lacks it is not led there. */
  permission: Permission;
}

/** Every page of the app, in the order in which they are needed during an outage. */
export const PLACES: readonly Place[] = [
  { to: '/', label: 'Overview', permission: 'page.read' },
  { to: '/incidents', label: 'Incidents', permission: 'page.read' },
  { to: '/waiting', label: 'Customers waiting', permission: 'page.read' },
  { to: '/fallback', label: 'Fallback', permission: 'page.read' },
  { to: '/recovery', label: 'Recovery', permission: 'page.read' },
  { to: '/tickets', label: 'Tickets', permission: 'page.read' },
  { to: '/health', label: 'Health', permission: 'page.read' },
  { to: '/alerts', label: 'Alert rules', permission: 'page.read' },
  { to: '/contacts', label: 'Contacts', permission: 'page.read' },
  { to: '/drill', label: 'Drill', permission: 'page.read' },
  { to: '/people', label: 'People', permission: 'people.manage' },
  { to: '/audit', label: 'Audit log', permission: 'audit.read' },
];
