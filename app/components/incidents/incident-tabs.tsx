import { Link } from '@remix-run/react';

/** What the incident's own page shows; the report is a page of its own. */
export type IncidentTab = 'guide' | 'timeline' | 'told';

const TABS = [
  ['guide', 'Guide'],
  ['timeline', 'Timeline'],
  ['told', 'Told'],
  ['report', 'Report'],
] as const;

/** @param wish the address's `tab`; anything else is the guide */
export const parseIncidentTab = (wish: string | null): IncidentTab =>
  wish === 'timeline' || wish === 'told' ? wish : 'guide';

const incidentTabUrl = (id: number, tab: IncidentTab | 'report'): string =>
  tab === 'report' ? `/incidents/${id}/report` : `/incidents/${id}${tab === 'guide' ? '' : `?tab=${tab}`}`;

/** The parts of an incident, each with an address of its own. */
export function IncidentTabs({ id, current }: { id: number; current: IncidentTab | 'report' }) {
  return (
    <nav className="oc-tabs oc-page-tabs" aria-label={`Incident ${id}`}>
      {TABS.map(([tab, words]) => (
        <Link
          key={tab}
          to={incidentTabUrl(id, tab)}
          preventScrollReset
          aria-current={tab === current ? 'page' : undefined}
        >
          {words}
        </Link>
      ))}
    </nav>
  );
}
