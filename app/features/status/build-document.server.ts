import { mkdir, readdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Services } from '../../lib/services.server.ts';
import { readFallbackState } from '../fallback/read-fallback.server.ts';
import {
  type ComponentHealth,
  dayLevel,
  type DayLevel,
  UPTIME_DAYS,
  type UptimeDay,
} from '../health/health-view.ts';
import { readDays } from '../health/read-component-history.server.ts';
import { readComponents } from '../health/read-components.server.ts';
import { causeOf } from '../incidents/incident-row.server.ts';
import type { IncidentSummary } from '../incidents/incident-view.ts';
import { currentIncidents } from '../incidents/read-incidents.server.ts';
import { readNotices } from './read-notices.server.ts';
import { type ComponentRow, readPage, readStatusComponents } from './read-settings.server.ts';
import type { PublicComponent, PublicNotice, PublicState, StatusDocument } from './status-document.ts';
import { exportedPaths, statusFile } from './status-files.ts';
import { canSubscribe } from './subscribers/mailing.server.ts';

const DAY_MS = 86_400_000;

/**
 * Everything that is public at this moment; null while the page is switched off.
 * @param always also while it is off, for the preview of its settings
 */
export async function buildDocument(
  services: Services,
  now: Date,
  always = false,
): Promise<StatusDocument | null> {
  const { config, db } = services;
  const page = await readPage(db.pool);
  if (!always && !isOn(config.STATUS_PAGE, page.enabled)) return null;
  const [components, notices, health, days, incidents, fallback] = await Promise.all([
    readStatusComponents(db.pool),
    readNotices(db.pool),
    readComponents(services, now),
    readDays(db.pool, now),
    currentIncidents(services),
    readFallbackState(services),
  ]);
  const failing = incidents.filter((incident) => !incident.drill && incident.recoveredAt === null);
  const shown = components.filter(({ health: parts }) =>
    parts.some((part) => days.has(part) || health.some(({ name }) => name === part)),
  );
  const named = new Map(components.map(({ id, name }) => [id, name]));
  const listed = notices.map(({ affects, ...notice }): PublicNotice => ({
    ...notice,
    affects: Object.entries(affects).flatMap(([id, state]) => {
      const name = named.get(Number(id));
      return name === undefined ? [] : [{ id: Number(id), name, state }];
    }),
  }));
  return {
    readAt: now.toISOString(),
    page: {
      title: page.title,
      contact: page.contact,
      colour: page.colour,
      language: page.language,
      url: config.APP_URL ?? null,
      logo: page.logo && { type: page.logo.type, base64: page.logo.bytes.toString('base64') },
      changedAt: (page.changedAt ?? new Date(0)).toISOString(),
      subscribe: canSubscribe(config),
    },
    components: shown.map((component) =>
      publicComponent(component, {
        health: health.filter(({ name }) => component.health.includes(name)),
        days: component.health.flatMap((part) => days.get(part) ?? []),
        failing: failing.filter(({ cause }) => component.health.some((part) => causeOf(part) === cause)),
        notices: listed,
        failures: config.ALERT_HEALTH_FAILURES,
        now,
      }),
    ),
    notices: listed,
    fallbackEmail: fallback.state === 'on' ? config.SUPPORT_FALLBACK_EMAIL : null,
  };
}

/** Whether the page is served: what the environment says comes first. */
export const isOn = (setting: 'on' | 'off' | null, enabled: boolean): boolean =>
  setting === null ? enabled : setting === 'on';

interface Measured {
  /** Of the parts that the component is tied to. */
  health: ComponentHealth[];
  days: UptimeDay[];
  failing: IncidentSummary[];
  notices: PublicNotice[];
  failures: number;
  now: Date;
}

function publicComponent(component: ComponentRow, measured: Measured): PublicComponent {
  const { health } = measured;
  const changes = health.map(({ since }) => since);
  return {
    id: component.id,
    name: component.name,
    about: component.about,
    state: measuredState(measured),
    createdAt: component.createdAt.toISOString(),
    changedAt: changes.sort().at(-1) ?? component.createdAt.toISOString(),
    days: daysOf(component.id, measured),
  };
}

/** Green only while its checks pass; a failure that nobody has announced is not told, and not hidden behind green. */
function measuredState({ health, failing, failures: most }: Measured): PublicState {
  const works = ({ state, failures }: ComponentHealth) =>
    state === 'up' || state === 'degraded' || (state === 'down' && failures < most);
  return health.length > 0 && failing.length === 0 && health.every(works) ? 'operational' : 'unknown';
}

const WORST: readonly DayLevel[] = ['b', 's', 'g', '-'];

/** Ninety days of the worst part. Today is not known while a failure of today was not told. */
function daysOf(id: number, { days, notices, now }: Measured): string {
  const byDay = Map.groupBy(days, ({ day }) => day);
  const today = now.toISOString().slice(0, 10);
  const isTold = notices.some(
    ({ kind, affects, resolvedAt }) =>
      kind === 'incident' &&
      affects.some((one) => one.id === id) &&
      (resolvedAt === null || resolvedAt >= today),
  );
  return Array.from({ length: UPTIME_DAYS }, (_, index) => {
    const day = new Date(now.getTime() - (UPTIME_DAYS - 1 - index) * DAY_MS).toISOString().slice(0, 10);
    const levels = (byDay.get(day) ?? []).map(dayLevel);
    const worst = WORST.find((level) => levels.includes(level)) ?? '-';
    return day === today && !isTold && worst !== 'g' ? '-' : worst;
  }).join('');
}

/**
 * Writes every public file into a folder, as a web server serves it: each by renaming, and only those that are new.
 * @returns how many files it holds
 * @throws when the folder cannot be written
 */
export async function exportStatus(document: StatusDocument, folder: string, now: Date): Promise<number> {
  const paths = exportedPaths(document, now);
  for (const { path: address, file } of paths) {
    const made = statusFile(document, address, false, now);
    if (!made) continue;
    const to = path.join(folder, file);
    const body = Buffer.from(made.body);
    const before = await readFile(to).catch(() => null);
    if (before?.equals(body)) continue;
    await mkdir(path.dirname(to), { recursive: true });
    await staysInside(folder, path.dirname(to));
    await rm(`${to}.part`, { force: true });
    // Never through a link that somebody else has put there meanwhile.
    await writeFile(`${to}.part`, body, { flag: 'wx' });
    await rename(`${to}.part`, to);
  }
  await removeGone(folder, new Set(paths.map(({ file }) => file)));
  return paths.length;
}

/** What is public no more goes from the copy too: notices by their numbers, months without any. */
async function removeGone(folder: string, kept: ReadonlySet<string>): Promise<void> {
  for (const [place, name] of [
    ['status/incidents', /^\d+$/],
    ['status/history', /^\d{4}-\d{2}$/],
  ] as const) {
    const own = path.join(folder, place);
    const there = await readdir(own).catch(() => []);
    const gone = there.filter((one) => name.test(one) && !kept.has(`${place}/${one}/index.html`));
    if (gone.length === 0) continue;
    await staysInside(folder, own);
    for (const one of gone) await rm(path.join(own, one), { recursive: true, force: true });
  }
}

/** The folder may be a link of the operator's; what lies in it may be anybody's who serves it. */
async function staysInside(folder: string, place: string): Promise<void> {
  const [root, real] = await Promise.all([realpath(folder), realpath(place)]);
  if (real !== root && !real.startsWith(root + path.sep))
    throw new Error(`${place} is a link that leads out of ${folder}: remove it.`);
}
