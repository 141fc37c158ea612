import { type DayLevel, UPTIME_DAYS } from '../health/health-view.ts';
import {
  at,
  type Detail,
  type Drawing,
  drawingOf,
  html,
  icon,
  layout,
  type Markup,
  noticeCard,
  stateWord,
  titleOf,
} from './render-parts.ts';
import {
  isCancelled,
  isOngoing,
  isPlanned,
  isStale,
  monthOf,
  monthsOf,
  overallState,
  type PublicComponent,
  type PublicNotice,
  stateNow,
  type StatusDocument,
} from './status-document.ts';

const DAY_MS = 86_400_000;
const PAST_DAYS = 14;
/** A page is no larger than this, in bytes of UTF-8. */
const MOST_BYTES = 30_000;

/** From everything that is worth showing to the least that says how it is. */
const DETAILS: readonly (Detail & { past: number; notices: number; bad: number })[] = [
  { updates: 8, past: 10, notices: 6, bad: 10 },
  { updates: 3, past: 5, notices: 4, bad: 5 },
  { updates: 1, past: 3, notices: 3, bad: 0 },
  { updates: 0, past: 0, notices: 3, bad: 0 },
];

/** `/status`: how everything is, in one page that needs no script. As much of it as fits. */
export function renderStatus(document: StatusDocument, now: Date): string {
  const drawing = drawingOf(document, now);
  let page = '';
  for (const detail of DETAILS) {
    page = layout(drawing, { title: titleOf(document), body: statusBody(drawing, detail) });
    if (Buffer.byteLength(page) <= MOST_BYTES) break;
  }
  return page;
}

function statusBody(drawing: Drawing, detail: (typeof DETAILS)[number]): Markup {
  const { document, now, words, times } = drawing;
  const overall = overallState(document, now);
  const ongoing = document.notices.filter((notice) => isOngoing(notice, now));
  const planned = document.notices.filter((notice) => isPlanned(notice, now)).reverse();
  const past = document.notices.filter(
    (notice) =>
      !isOngoing(notice, now) &&
      !isPlanned(notice, now) &&
      !isCancelled(notice) &&
      now.getTime() - Date.parse(notice.beganAt) < PAST_DAYS * DAY_MS,
  );
  const readAt = at(document.readAt, times.time(document.readAt));
  const cards = (notices: readonly PublicNotice[], most: number, updates = detail.updates) =>
    notices.slice(0, most).map((notice) => noticeCard(drawing, notice, { updates }));
  return html`<section class="card all ${overall}">
      ${icon(overall)}
      <div>
        <h1>${words.overall[overall]}</h1>
        <small>${words.asOf} ${readAt}</small>
      </div>
    </section>
    ${isStale(document, now) && html`<p class="card warn" role="status">${words.stale(times.time(document.readAt))}</p>`}
    ${
      ongoing.length > 0 &&
      html`<h2>${words.now}</h2>
        ${cards(ongoing, detail.notices)}`
    }
    <h2>${words.components}</h2>
    <ul class="card parts">
      ${document.components.map((component) => componentRow(drawing, component, detail.bad))}
    </ul>
    ${legend(drawing)}
    ${
      planned.length > 0 &&
      html`<h2>${words.planned}</h2>
        ${cards(planned, detail.notices)}`
    }
    ${(past.length > 0 || ongoing.length === 0) && html`<h2>${words.past}</h2>`}
    ${past.length > 0 ? cards(past, Math.max(detail.past, 1), Math.min(detail.updates, 2)) : ongoing.length === 0 && html`<p class="soft">${words.noneInPast}</p>`}
    <p><a href="/status/history">${words.history}</a></p>`;
}

function componentRow(drawing: Drawing, component: PublicComponent, bad: number): Markup {
  const { document, now, words, times } = drawing;
  const watched = component.days.replaceAll('-', '').length;
  const passed = component.days.replaceAll(/[^g]/g, '').length;
  const sentence = watched === 0 ? words.notWatched : words.passed(passed, watched);
  const listed = badDays(component.days, document.readAt).slice(0, bad);
  return html`<li>
    <div class="part">
      <h3>${component.name}</h3>
      ${stateWord(stateNow(document, component, now), words)}
    </div>
    ${component.about && html`<p class="soft">${component.about}</p>`}${bars(component.days, sentence)}
    <div class="ends soft">
      <span>${words.daysAgo}</span><span aria-hidden="true">${sentence}</span><span>${words.today}</span>
    </div>
    ${
      listed.length > 0 &&
      html`<details>
        <summary>${words.badDays}</summary>
        <ul>
          ${listed.map(
            ({ day, level }) =>
              html`<li>
                ${at(day, times.day(`${day}T00:00:00Z`))}:
                ${level === 'b' ? words.legend.many : words.legend.some}
              </li>`,
          )}
        </ul>
      </details>`
    }
  </li>`;
}

/** Days on which checks failed, newest first. */
function badDays(days: string, readAt: string): { day: string; level: DayLevel }[] {
  const last = Date.parse(readAt);
  return [...days]
    .map((level, index) => ({
      day: new Date(last - (UPTIME_DAYS - 1 - index) * DAY_MS).toISOString().slice(0, 10),
      level: level as DayLevel,
    }))
    .filter(({ level }) => level === 's' || level === 'b')
    .reverse();
}

const COLOUR: Record<DayLevel, string> = { g: 'g', s: 's', b: 'b', '-': 'none' };

/** Ninety bars as one path for each level; what was not watched is lower, so that colour is not alone. */
function bars(days: string, label: string): Markup {
  const path = (level: DayLevel) =>
    [...days]
      .map((own, index) =>
        own === level ? `M${index * 5 + 2} ${level === '-' ? 22 : level === 'g' ? 4 : 0}V34` : '',
      )
      .join('');
  return html`<svg
    class="days"
    viewBox="0 0 449 34"
    preserveAspectRatio="none"
    role="img"
    aria-label="${label}"
  >
    ${(Object.keys(COLOUR) as DayLevel[]).map(
      (level) => days.includes(level) && html`<path class="${COLOUR[level]}" d="${path(level)}" />`,
    )}
  </svg>`;
}

function legend({ words }: Drawing): Markup {
  const { passed, some, many, none } = words.legend;
  const entries = Object.entries({ g: passed, s: some, b: many, none });
  return html`<ul class="legend soft">
      ${entries.map(([fill, word]) => html`<li><i class="${fill}"></i>${word}</li>`)}
    </ul>
    <p class="soft">${words.formula}</p>`;
}

/** `/status/history`: the newest month, or the one asked for. */
export function renderHistory(document: StatusDocument, month: string | null, now: Date): string | null {
  const drawing = drawingOf(document, now);
  const { words, times } = drawing;
  const months = monthsOf(document, now);
  if (month !== null && !months.includes(month)) return null;
  const shown = month ?? months[0];
  const notices = document.notices.filter(
    (notice) => !isCancelled(notice) && monthOf(notice.beganAt) === shown,
  );
  const name = (one: string) => times.month(`${one}-01T00:00:00Z`);
  const body = html`<section class="card all unknown">
      <div><h1>${words.history}${shown && html`: ${name(shown)}`}</h1></div>
    </section>
    ${
      notices.length === 0
        ? html`<h2>${words.noneEver}</h2>`
        : html`<h2 class="v">${words.history}</h2>
            <div class="gap"></div>`
    }
    ${notices.map((notice) => noticeCard(drawing, notice, { updates: 3 }))}
    ${
      months.length > 1 &&
      html`<h2>${words.allMonths}</h2>
        <ul class="months">
          ${months.map((one) => html`<li><a href="/status/history/${one}" ${one === shown && html` aria-current="page"`}>${name(one)}</a></li>`)}
        </ul>`
    }`;
  return layout(drawing, { title: words.history, body });
}

/** `/status/incidents/<id>`: all of one notice. */
export function renderNotice(document: StatusDocument, id: number, now: Date): string | null {
  const notice = document.notices.find((one) => one.id === id);
  if (!notice) return null;
  const drawing = drawingOf(document, now);
  const body = noticeCard(drawing, notice, { updates: 500 }, false);
  return layout(drawing, { title: notice.title, body });
}
