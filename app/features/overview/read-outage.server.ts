import type { Services } from '../../lib/services.server.ts';
import { readComponents } from '../health/components.view.server.ts';
import type { UptimeDay } from '../health/health-view.ts';
import { currentIncidents } from '../incidents/list-incidents.view.server.ts';
import { readIncident } from '../incidents/read-incident.view.server.ts';
import { dayLevels, UPTIME_DAYS } from './day-levels.ts';
import type { CurrentIncident, OutageFigures } from './figures.ts';

/** Of the tiles. */
const SHOWN = ['chatwoot', 'agent'];

/** What was recorded about outages: health, alerts that fire, open incidents, gaps in who can be told. */
export async function readOutage(services: Services, now: Date): Promise<OutageFigures> {
  const [components, uptime, warnings, incidents] = await Promise.all([
    readComponents(services, now),
    readUptime(services, now),
    readWarnings(services),
    readIncidents(services, now),
  ]);
  return { components, uptime, incidents, gaps: [], warnings };
}

/** Open incidents; ladder and next step only of the first, which is the one to look at. */
async function readIncidents(services: Services, now: Date): Promise<CurrentIncident[]> {
  const summaries = await currentIncidents(services);
  const detail = summaries[0] ? await readIncident(services, summaries[0].id, now) : null;
  return summaries.map((summary) => ({
    ...summary,
    ladder: detail?.id === summary.id ? detail.ladder : [],
    nextGuideStep: detail?.id === summary.id ? detail.nextGuideStep : null,
  }));
}

async function readUptime({ db }: Services, now: Date): Promise<OutageFigures['uptime']> {
  const { rows } = await db.pool.query<UptimeDay & { component: string }>({
    name: 'overview-uptime',
    text: `SELECT component, to_char(day, 'YYYY-MM-DD') AS day, ok, failed, inconclusive FROM component_days
      WHERE component = ANY($1) AND day > ($2::timestamptz AT TIME ZONE 'UTC')::date - $3::int`,
    values: [SHOWN, now, UPTIME_DAYS],
  });
  return Object.fromEntries(
    SHOWN.map((component) => {
      const days = rows.filter((row) => row.component === component);
      const [ok, failed] = [sum(days, 'ok'), sum(days, 'failed')];
      return [
        component,
        { levels: dayLevels(days, now), ratio: ok + failed === 0 ? null : ok / (ok + failed) },
      ];
    }),
  );
}

const sum = (days: readonly UptimeDay[], name: 'ok' | 'failed') =>
  days.reduce((total, day) => total + day[name], 0);

/** Rules that fire and open no incident. */
async function readWarnings({ db }: Services): Promise<OutageFigures['warnings']> {
  const { rows } = await db.pool.query<{ rule: string; words: string }>({
    name: 'overview-warnings',
    text: `SELECT rule, words FROM alerts WHERE state = 'firing' AND severity = 'warning' ORDER BY rule`,
  });
  return rows;
}
