import { readClockDifference } from '../../lib/chatwoot/clock.server.ts';
import type { Services } from '../../lib/services.server.ts';
import { readArrivalFigures } from '../alerts/read-arrival-figures.server.ts';
import { readWaitingFigures } from '../waiting/read-waiting-figures.server.ts';
import { readWaitingSamples } from '../waiting/waiting-samples.server.ts';
import { readComponents } from '../health/read-components.server.ts';
import { dayLevels, UPTIME_DAYS, type UptimeDay } from '../health/health-view.ts';
import { failedDaysWords } from '../health/uptime-words.ts';
import { readContactGaps } from '../incidents/escalation/read-contacts.server.ts';
import { currentIncidents } from '../incidents/read-incidents.server.ts';
import { readIncident } from '../incidents/read-incident.server.ts';
import { readReportDue } from '../report/tick-report-reminders.server.ts';
import type { CurrentIncident, OutageFigures, UntoldMessages } from './figures.ts';
import { topOf } from './incident-rules.ts';

/** Of the tiles. */
const SHOWN = ['chatwoot', 'agent'];

/** What was recorded about outages: health, alerts that fire, open incidents, gaps in who can be told. */
export async function readOutage(services: Services, now: Date): Promise<OutageFigures> {
  const [components, uptime, warnings, incidents, gaps, untold, clock, arrival, waiting, samples, reportDue] =
    await Promise.all([
      readComponents(services, now),
      readUptime(services, now),
      readWarnings(services),
      readIncidents(services, now),
      readContactGaps(services),
      readUntold(services),
      readClockDifference(services.db.pool, now),
      readArrivalFigures(services.db.pool, now),
      readWaitingFigures(services, now),
      readWaitingSamples(services, { hours: 1, now }),
      readReportDue(services.db.pool, now),
    ]);
  return {
    components,
    uptime,
    incidents,
    gaps,
    untold,
    warnings,
    clock,
    arrival,
    waiting: { figures: waiting, samples },
    reportDue,
  };
}

/** Open incidents; ladder, next step and who was told only of the one to look at. */
async function readIncidents(services: Services, now: Date): Promise<CurrentIncident[]> {
  const summaries = await currentIncidents(services);
  const top = topOf(summaries);
  const detail = top && (await readIncident(services, top.id, now));
  return summaries.map((summary) => {
    const own = detail?.id === summary.id ? detail : null;
    const accepted = own?.notifications.filter(({ state }) => state === 'accepted') ?? [];
    return {
      ...summary,
      ladder: own?.ladder ?? [],
      onCall: own?.onCall ?? [],
      nextGuideStep: own?.nextGuideStep ?? null,
      told: [...new Set(accepted.map(({ to }) => to))],
    };
  });
}

async function readUntold({ db }: Services): Promise<UntoldMessages[]> {
  const { rows } = await db.pool.query<UntoldMessages>({
    name: 'overview-untold',
    text: `SELECT n.incident_id AS "incidentId", count(*) FILTER (WHERE n.state = 'failed')::int AS failed,
        count(*) FILTER (WHERE n.state = 'queued')::int AS retrying,
        (array_agg(n.answer ORDER BY n.id DESC) FILTER (WHERE n.answer IS NOT NULL))[1] AS answer
      FROM incidents i JOIN notifications n ON n.incident_id = i.id
      WHERE i.status IN ('open', 'acknowledged') AND (n.state = 'failed' OR n.state = 'queued' AND n.attempts > 1)
      GROUP BY n.incident_id ORDER BY n.incident_id`,
  });
  return rows;
}

/** A failed check counts until the next one; without a next one, as long as a check says how things are. */
const DOWN_TODAY = `SELECT COALESCE(sum(extract(epoch FROM LEAST(next, at + make_interval(secs => $4)) - at)), 0)::float8 * 1000
  FROM (
    SELECT at, outcome, lead(at, 1, $2::timestamptz) OVER (ORDER BY at) AS next FROM probe_results
    WHERE component = d.component AND probe = CASE component WHEN 'chatwoot' THEN 'chatwoot.live' ELSE component END
      AND at >= date_trunc('day', $2::timestamptz, 'UTC') AND at <= $2
  ) today WHERE outcome = 'failed'`;

async function readUptime({ db, config }: Services, now: Date): Promise<OutageFigures['uptime']> {
  const { rows } = await db.pool.query<UptimeDay & { component: string; down_ms: number | null }>({
    name: 'overview-uptime',
    text: `SELECT component, to_char(day, 'YYYY-MM-DD') AS day, ok, failed, inconclusive,
        CASE WHEN failed > 0 AND day = ($2::timestamptz AT TIME ZONE 'UTC')::date THEN (${DOWN_TODAY}) END AS down_ms
      FROM component_days d
      WHERE component = ANY($1) AND day > ($2::timestamptz AT TIME ZONE 'UTC')::date - $3::int ORDER BY day`,
    values: [SHOWN, now, UPTIME_DAYS, (2 * (config.HEALTH_CHECK_INTERVAL + config.HEALTH_TIMEOUT)) / 1000],
  });
  return Object.fromEntries(
    SHOWN.map((component) => {
      const days = rows.filter((row) => row.component === component);
      const downTodayMs = days.at(-1)?.down_ms ?? 0;
      return [component, { levels: dayLevels(days, now), days: failedDaysWords(days), downTodayMs }];
    }),
  );
}

/** Rules that fire and open no incident; a milder one says nothing beside the rule that is worse. */
async function readWarnings({ db }: Services): Promise<OutageFigures['warnings']> {
  const { rows } = await db.pool.query<{ rule: string; words: string }>({
    name: 'overview-warnings',
    text: `SELECT rule, words FROM alerts a WHERE state = 'firing' AND severity = 'warning'
      AND NOT EXISTS (SELECT 1 FROM alerts WHERE state = 'firing' AND rule = ANY (
        CASE a.rule WHEN 'success_warning' THEN ARRAY['success_rate', 'agent_down'] WHEN 'dead_letters_warning' THEN ARRAY['dead_letters'] END))
      ORDER BY rule`,
  });
  return rows;
}
