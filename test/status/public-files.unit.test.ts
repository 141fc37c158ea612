import { parseFeed } from '@rowanmanning/feed-parser';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { bannerText, renderBadge, renderBanner } from '../../app/features/status/render-badge.ts';
import {
  exportedPaths,
  isStatusPath,
  renderAtom,
  renderRss,
  statusFile,
} from '../../app/features/status/status-files.ts';
import { renderHistory, renderNotice, renderStatus } from '../../app/features/status/render-page.ts';
import { LANGUAGES, overallState, type StatusDocument } from '../../app/features/status/status-document.ts';
import { updateChannels } from '../../app/features/status/update-channels.ts';
import { inkOn } from '../../app/features/status/status-style.ts';
import { JSON_NAMES } from '../../app/features/status/statuspage-json.ts';
import { document, notice, NOW } from './documents.ts';

const later = (minutes: number) => new Date(NOW.getTime() + minutes * 60_000);
const json = (name: string, of: StatusDocument, now = NOW): unknown =>
  JSON.parse(String(statusFile(of, `/api/v2/${name}.json`, false, now)!.body));

describe('what is said', () => {
  test('nothing is green that is not known: neither a failure that nobody announced nor a page that is old', () => {
    expect(overallState(document(), NOW)).toBe('operational');
    const unsaid = document();
    unsaid.components[0]!.state = 'unknown';
    expect(overallState(unsaid, NOW)).toBe('unknown');
    expect(renderStatus(unsaid, NOW)).toContain('We do not know at the moment');
    expect(renderStatus(unsaid, NOW)).not.toContain('Everything works');
    expect(overallState(document(), later(3))).toBe('unknown');
    expect(renderStatus(document(), later(3))).toMatch(/has not been updated since 30 Nov.*12:00 UTC/);
    expect(json('status', unsaid)).toMatchObject({ status: { indicator: 'minor', known: false } });
    // What was announced stays announced.
    expect(overallState(document({ notices: [notice()] }), later(60))).toBe('major_outage');
  });

  test('a text that was replaced moves the time of its notice in feeds and JSON, and of no other update', () => {
    const [said] = notice().updates;
    const older = { ...said!, id: 8, at: '2026-11-30T11:00:00.000Z', replacedAt: '2026-11-30T11:40:00.000Z' };
    const mended = document({ notices: [notice({ updates: [said!, older] })] });
    expect(renderAtom(mended)).toContain('<updated>2026-11-30T11:40:00.000Z</updated>');
    expect(renderRss(mended)).toContain('<pubDate>Mon, 30 Nov 2026 11:40:00 GMT</pubDate>');
    expect(json('incidents', mended)).toMatchObject({
      incidents: [
        {
          updated_at: older.replacedAt,
          incident_updates: [
            { updated_at: said!.at, display_at: said!.at },
            { updated_at: older.replacedAt, display_at: older.at },
          ],
        },
      ],
    });
  });

  test('a window of maintenance begins and ends by the clock', () => {
    const window = notice({
      kind: 'maintenance',
      title: 'New servers',
      affects: [{ id: 1, name: 'Chat', state: 'under_maintenance' }],
      beganAt: later(60).toISOString(),
      endsAt: later(120).toISOString(),
      updates: [{ id: 1, state: 'scheduled', text: 'Chat pauses.', at: NOW.toISOString() }],
    });
    const at = (minutes: number) => document({ notices: [window], readAt: later(minutes).toISOString() });
    expect(renderStatus(at(0), NOW)).toContain('Planned maintenance');
    expect(overallState(at(0), NOW)).toBe('operational');
    expect(overallState(at(61), later(61))).toBe('under_maintenance');
    expect(overallState(at(121), later(121))).toBe('operational');
    expect(json('scheduled-maintenances', at(61), later(61))).toMatchObject({
      scheduled_maintenances: [
        { status: 'in_progress', scheduled_for: window.beganAt, scheduled_until: window.endsAt },
      ],
    });
  });

  test('maintenance that was called off did not take place; one that was ended early is over', () => {
    const window = (id: number, resolvedAt: string, state: 'cancelled' | 'completed') =>
      notice({
        ...{ id, kind: 'maintenance', title: `Window ${id}`, resolvedAt },
        affects: [{ id: 1, name: 'Chat', state: 'under_maintenance' }],
        ...{ beganAt: later(60).toISOString(), endsAt: later(120).toISOString() },
        updates: [
          { id: 2, state, text: '', at: resolvedAt },
          { id: 1, state: 'scheduled', text: 'Chat pauses.', at: NOW.toISOString() },
        ],
      });
    const now = later(180);
    const off = document({ notices: [window(7, later(30).toISOString(), 'cancelled')] });
    expect(renderStatus(off, now)).not.toContain('Window 7');
    expect(renderHistory(off, null, now)).toContain('Nothing has been reported yet');
    expect(exportedPaths(off, now).some(({ path }) => path.startsWith('/status/history/'))).toBe(false);
    expect(renderNotice(off, 7, now)).toMatch(/Cancelled/);
    expect(renderNotice(off, 7, now)).not.toContain('Completed');
    expect(json('scheduled-maintenances', off, now)).toMatchObject({ scheduled_maintenances: [] });
    expect(renderAtom(off)).toContain(`<updated>${later(30).toISOString()}</updated>`);
    expect(renderAtom(off)).toContain('Cancelled');
    const ended = document({ notices: [window(8, later(90).toISOString(), 'completed')] });
    expect(renderStatus(ended, now)).toMatch(/Window 8[^]*Completed/);
    expect(renderHistory(ended, '2026-11', now)).toContain('Window 8');
    expect(renderAtom(ended)).toContain(`<updated>${later(90).toISOString()}</updated>`);
  });

  test.each(LANGUAGES)('%s: every page is in that language, small, and without a script', (language) => {
    const of = document({ notices: [notice()] });
    of.page.language = language;
    for (const page of [renderStatus(of, NOW), renderHistory(of, null, NOW)!, renderNotice(of, 7, NOW)!]) {
      expect(page).toContain(`<html lang="${language}">`);
      expect(page).not.toMatch(/<script|undefined|\[object/);
      expect(Buffer.byteLength(page)).toBeLessThanOrEqual(30_000);
    }
  });

  test('a page with as much as can be on it has at most 30,000 bytes and keeps what goes on', () => {
    const long = '& „Wort“ '.repeat(220);
    const updates = Array.from({ length: 40 }, (_, id) => ({
      id,
      state: 'identified' as const,
      text: long,
      at: NOW.toISOString(),
    }));
    const of = document({
      notices: Array.from({ length: 30 }, (_, id) =>
        notice({ id: id + 1, title: '<&>'.repeat(40), updates }),
      ),
    });
    of.components = Array.from({ length: 12 }, (_, id) => ({
      ...of.components[0]!,
      id: id + 1,
      name: 'n'.repeat(60),
      days: 'gsb'.repeat(30),
    }));
    const page = renderStatus(of, NOW);
    expect(Buffer.byteLength(page)).toBeLessThanOrEqual(30_000);
    expect(page).toContain('Our support cannot be reached as usual');
  });

  test('history has a page for each month, and none for another', () => {
    const of = document({
      notices: [
        notice(),
        notice({ id: 3, beganAt: '2026-09-02T00:00:00.000Z', resolvedAt: '2026-09-02T02:10:00.000Z' }),
      ],
    });
    expect(renderHistory(of, '2026-09', NOW)).toMatch(/September 2026[^]*Lasted 2 h 10 min/);
    expect(renderHistory(of, '2026-10', NOW)).toBeNull();
    expect(statusFile(of, '/status/history/2026-10', false, NOW)).toBeNull();
    for (const { path } of exportedPaths(of, NOW))
      expect([path, statusFile(of, path, false, NOW)?.body.length ?? 0]).not.toContain(0);
  });
});

describe('texts of people', () => {
  const HOSTILE = `"><script>alert(1)</script><img src=x onerror=alert(1)>'\`\${1}{{1}} ]]> \u2028 javascript:alert(1) \0\ud800`;
  const hostile = () =>
    document({
      page: {
        ...document().page,
        title: HOSTILE,
        contact: `${HOSTILE} https://example.com/"onclick="x x@example.com`,
      },
      components: [{ ...document().components[0]!, name: HOSTILE, about: HOSTILE }],
      notices: [
        notice({
          title: HOSTILE,
          affects: [{ id: 1, name: HOSTILE, state: 'major_outage' }],
          updates: [
            { id: 1, state: 'identified', text: `${HOSTILE}\n\n${HOSTILE}\nb`, at: NOW.toISOString() },
          ],
        }),
      ],
      fallbackEmail: 'help@example.com',
    });

  test('none of them is markup, in any file', () => {
    const of = hostile();
    for (const { path } of exportedPaths(of, NOW)) {
      const text = String(statusFile(of, path, false, NOW)!.body);
      if (path.endsWith('.json')) continue;
      expect([path, /<script|<img src=x|<[^>]*\sonclick/i.exec(text)?.[0]]).toEqual([path, undefined]);

      expect(text).not.toMatch(/[\0\ud800]/);
    }
  });

  test('the banner says them, and runs nothing of them', () => {
    const texts: string[] = [];
    const made = () => ({
      style: {},
      attachShadow: () => made(),
      appendChild: () => undefined,
      setAttribute: () => undefined,
      set textContent(text: string) {
        texts.push(text);
      },
    });
    const page = { getElementById: () => null, createElement: made, body: { appendChild: () => undefined } };
    const script = renderBanner(hostile(), NOW);
    // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call
    new Function('window', 'document', script)({}, page);
    expect(texts.some((text) => text.startsWith('"><script>alert(1)</script>'))).toBe(true);
    expect(script).not.toContain('<');
  });
});

describe('conventions', () => {
  const busy = document({
    notices: [
      notice(),
      notice({
        id: 5,
        title: 'E-mail & more',
        resolvedAt: '2026-11-20T02:00:00.000Z',
        beganAt: '2026-11-20T00:00:00.000Z',
        updates: [{ id: 3, state: 'resolved', text: 'Over.', at: '2026-11-20T02:00:00.000Z' }],
      }),
    ],
  });

  const time = z.iso.datetime();
  const page = z.object({
    id: z.string(),
    name: z.string(),
    url: z.url(),
    time_zone: z.string(),
    updated_at: time,
  });
  const status = z.object({
    indicator: z.enum(['none', 'minor', 'major', 'critical', 'maintenance']),
    description: z.string().min(1),
  });
  const component = z.object({
    id: z.string(),
    name: z.string(),
    status: z.enum([
      'operational',
      'degraded_performance',
      'partial_outage',
      'major_outage',
      'under_maintenance',
    ]),
    ...{ created_at: time, updated_at: time, position: z.number(), page_id: z.string() },
    ...{
      description: z.string().nullable(),
      group: z.boolean(),
      only_show_if_degraded: z.boolean(),
      showcase: z.boolean(),
    },
  });
  const incident = z.object({
    id: z.string(),
    name: z.string(),
    status: z.enum(['investigating', 'identified', 'monitoring', 'resolved', 'postmortem']),
    impact: z.enum(['none', 'minor', 'major', 'critical']),
    ...{
      created_at: time,
      updated_at: time,
      started_at: time,
      resolved_at: time.nullable(),
      monitoring_at: time.nullable(),
    },
    shortlink: z.url(),
    incident_updates: z.array(
      z.object({
        id: z.string(),
        status: z.string(),
        body: z.string(),
        incident_id: z.string(),
        created_at: time,
        updated_at: time,
        display_at: time,
      }),
    ),
    components: z.array(component),
  });
  const SHAPES: Record<(typeof JSON_NAMES)[number], z.ZodType> = {
    summary: z.object({
      page,
      status,
      components: z.array(component),
      incidents: z.array(incident).length(1),
      scheduled_maintenances: z.array(z.object({})),
    }),
    status: z.object({ page, status }),
    components: z.object({ page, components: z.array(component).length(3) }),
    incidents: z.object({ page, incidents: z.array(incident).length(2) }),
    'incidents/unresolved': z.object({ page, incidents: z.array(incident).length(1) }),
    'scheduled-maintenances': z.object({ page, scheduled_maintenances: z.array(z.object({})) }),
    'scheduled-maintenances/upcoming': z.object({ page, scheduled_maintenances: z.array(z.object({})) }),
    'scheduled-maintenances/active': z.object({ page, scheduled_maintenances: z.array(z.object({})) }),
  };

  test.each(JSON_NAMES)('/api/v2/%s.json has the shape of Statuspage', (name) => {
    expect(SHAPES[name].safeParse(json(name, busy)).error?.issues ?? []).toEqual([]);
    expect(json('status', busy)).toMatchObject({ status: { indicator: 'critical' } });
  });

  test.each([
    ['atom', renderAtom],
    ['rss', renderRss],
  ])('a reader of feeds understands history.%s', (kind, render) => {
    const feed = parseFeed(render(busy));
    expect(feed.meta.type).toBe(kind);
    expect(feed.title).toBe('Support status');
    expect(feed.items.map(({ title }) => title)).toEqual(['Chat does not work', 'E-mail & more']);
    expect(feed.items[0]!.url).toBe('https://outage.example.com/status/incidents/7');
    expect(feed.items[0]!.id).toBe('tag:outage.example.com,2026-11-30:incident/7');
    expect((feed.items[1]!.updated ?? feed.items[1]!.published)?.toISOString()).toBe(
      '2026-11-20T02:00:00.000Z',
    );
    expect(feed.items[0]!.content ?? feed.items[0]!.description).toContain('We are looking.');
  });

  test('the banner is small, tells of what goes on or of answers by hand, and is silent otherwise', () => {
    expect(renderBanner(document(), NOW)).not.toContain('function');
    const down = document({ notices: [notice()] });
    expect(bannerText(down, NOW)).toBe('Chat does not work. Please write to help@example.com.');
    expect(Buffer.byteLength(renderBanner(down, NOW))).toBeLessThanOrEqual(3072);
    expect(bannerText(document({ fallbackEmail: 'a@example.com' }), NOW)).toContain('a@example.com');
    // What works again and is watched is not said to be down; what goes on beside it is.
    const watched = notice({
      affects: [{ id: 1, name: 'Chat', state: 'degraded_performance' }],
      updates: [{ id: 2, state: 'monitoring', text: 'It works again.', at: NOW.toISOString() }],
    });
    expect(bannerText(document({ notices: [watched] }), NOW)).toBeNull();
    expect(bannerText(document({ notices: [watched], fallbackEmail: 'a@example.com' }), NOW)).toMatch(
      /^Answers take longer/,
    );
    expect(bannerText(document({ notices: [watched, notice({ id: 3, title: 'No e-mail' })] }), NOW)).toMatch(
      /^No e-mail\./,
    );
  });

  test.each([
    ['help@example.com', false],
    ['by-hand@example.com', true],
  ])('the form shows the banner as it will be: %s', (address, fallbackOn) => {
    const draft = { title: 'Chat does not work.', text: 'x', affects: { 1: 'major_outage' as const } };
    const preview = (state: 'identified' | 'monitoring') =>
      updateChannels(
        { ...draft, state },
        {
          ...{
            incidentId: 1,
            language: 'en',
            subscribers: null,
            pageTitle: 'Support status',
            on: true,
            chats: [],
            statuspage: false,
            appUrl: undefined,
          },
          ...{ email: 'by-hand@example.com', contact: 'Write to help@example.com', fallbackOn, inboxes: [] },
          ...{ names: { 1: 'Chat' }, chosen: null, now: NOW },
        },
      ).find(({ key }) => key === 'banner')!.preview;
    expect(preview('identified')).toBe(`Chat does not work. Please write to ${address}.`);
    expect(preview('monitoring')).toMatch(fallbackOn ? /^Answers take longer/ : /^\(nothing/);
  });

  test('the badge says the state in words, and the icon has a shape', () => {
    expect(renderBadge(busy, NOW, 'badge')).toContain('Support status: Does not work');
    expect(renderBadge(busy, NOW, 'icon').length).toBeLessThan(400);
  });

  test('a title is read on any colour', () => {
    const light = (hex: string) => {
      const parts = [1, 3, 5]
        .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
        .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
      return 0.2126 * parts[0]! + 0.7152 * parts[1]! + 0.0722 * parts[2]!;
    };
    for (let n = 0; n < 0xffffff; n += 4099) {
      const colour = `#${n.toString(16).padStart(6, '0')}`;
      const ink = light(inkOn(colour) === '#fff' ? '#ffffff' : '#000000');
      const [high, low] = [Math.max(ink, light(colour)), Math.min(ink, light(colour))];
      expect([colour, (high + 0.05) / (low + 0.05) >= 4.5]).toEqual([colour, true]);
    }
  });

  test('only addresses of the page are its own', () => {
    expect(['/status', '/status/x', '/api/v2/status.json', '/history.rss'].every(isStatusPath)).toBe(true);
    expect(['/statuses', '/status-page', '/api/status', '/'].some(isStatusPath)).toBe(false);
  });
});
