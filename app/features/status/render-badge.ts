import { html, titleOf } from './render-parts.ts';
import {
  isOngoing,
  type Language,
  overallState,
  type PublicNotice,
  type PublicState,
  stateOf,
  type StatusDocument,
  worstOf,
} from './status-document.ts';
import { SHAPES } from './status-style.ts';
import { wordsIn } from './status-words.ts';

/** White is read on each of them at 4.5 or more. */
const FILL: Record<PublicState, string> = {
  operational: '#0b6b3a',
  degraded_performance: '#855300',
  partial_outage: '#a34700',
  major_outage: '#b3261e',
  under_maintenance: '#1a56b0',
  unknown: '#565e6a',
};

/** Width of a text in Verdana of 11 px, about; the text is stretched to it. */
const widthOf = (text: string): number => Math.round([...text].length * 6.6 + 20);

/** `/status/badge.svg`: how everything is, for a page of one's own; `icon` is the shape alone. */
export function renderBadge(document: StatusDocument, now: Date, shape: 'badge' | 'icon'): string {
  const overall = overallState(document, now);
  if (shape === 'icon')
    return html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">
      <path fill="${FILL[overall]}" fill-rule="evenodd" d="${SHAPES[overall]}" />
    </svg>`.text;
  const name = titleOf(document);
  const word = wordsIn(document.page.language).state[overall];
  const [left, right] = [widthOf(name), widthOf(word)];
  return html`<svg
    xmlns="http://www.w3.org/2000/svg"
    width="${left + right}"
    height="22"
    role="img"
    aria-label="${name}: ${word}"
  >
    <title>${name}: ${word}</title>
    <clipPath id="r"><rect width="${left + right}" height="22" rx="4" /></clipPath>
    <g clip-path="url(#r)">
      <path fill="#2f353d" d="M0 0h${left}v22H0z" />
      <path fill="${FILL[overall]}" d="M${left} 0h${right}v22H${left}z" />
    </g>
    <g fill="#fff" text-anchor="middle" font-family="Verdana,Geneva,DejaVu Sans,sans-serif" font-size="11">
      <text x="${left / 2}" y="15" textLength="${left - 14}" lengthAdjust="spacingAndGlyphs">${name}</text>
      <text x="${left + right / 2}" y="15" textLength="${right - 14}" lengthAdjust="spacingAndGlyphs">
        ${word}
      </text>
    </g>
  </svg>`.text;
}

/** What visitors of a shop are told at this moment; null: nothing. */
export function bannerText(document: StatusDocument, now: Date): string | null {
  const incident = document.notices.find(
    (notice) =>
      notice.kind === 'incident' && notice.banner && isOngoing(notice, now) && isDown(asSaid(notice, now)),
  );
  const { fallbackEmail, page } = document;
  return bannerOf(incident ? asSaid(incident, now) : null, { ...page, fallbackEmail });
}

/** What an update says, as far as the banner depends on it. */
interface Said {
  title: string;
  state: string;
  affects: PublicState[];
}

const asSaid = (notice: PublicNotice, now: Date): Said => ({
  title: notice.title,
  state: stateOf(notice, now),
  affects: notice.affects.map(({ state }) => state),
});

/** What works again and is watched is not said to be down, nor what is over. */
const isDown = ({ state, affects }: Said): boolean =>
  (state === 'investigating' || state === 'identified') && worstOf(affects) !== 'operational';

/** The banner's text for one update, or for none. @param fallbackEmail while people answer by hand */
export function bannerOf(
  said: Said | null,
  { language, contact, fallbackEmail }: { language: Language; contact: string; fallbackEmail: string | null },
): string | null {
  const { banner } = wordsIn(language);
  const email =
    fallbackEmail ?? /[^\s<>"@,;:()]{1,64}@[a-zA-Z0-9.-]{1,200}\.[a-zA-Z]{2,20}/.exec(contact)?.[0] ?? null;
  if (said && isDown(said)) return email ? banner.down(said.title.replace(/[.\s]+$/, ''), email) : said.title;
  return fallbackEmail && banner.byHand(fallbackEmail);
}

/** Runs in a shop's page. It fails silently: whatever is the matter, the shop goes on. */
const SCRIPT = `(function(w,d,t,u,more,close,lang){try{var k="outage-center-banner",s=d.createElement("div"),
run=function(){try{if(d.getElementById(k))return;var h=d.createElement("div"),r=h.attachShadow?h.attachShadow({mode:"open"}):h,c=d.createElement("style"),
p=d.createElement("p"),a=d.createElement("a"),b=d.createElement("button");h.id=k;h.lang=lang;
c.textContent=".n{position:fixed;left:0;right:0;bottom:0;z-index:2147483000;display:flex;gap:8px 16px;flex-wrap:wrap;align-items:center;justify-content:center;padding:12px 16px;background:#1a1e24;color:#fff;font:15px/1.4 system-ui,sans-serif;border-top:4px solid #f0b95a}p{margin:0;max-width:60em}a{color:#9cc4ff}button{font:inherit;min-height:32px;padding:4px 12px;border:1px solid #aaa;border-radius:6px;background:none;color:inherit;cursor:pointer}a:focus-visible,button:focus-visible{outline:3px solid #9cc4ff;outline-offset:2px}";
s.className="n";s.setAttribute("role","status");s.setAttribute("aria-live","polite");p.textContent=t;
b.type="button";b.textContent=close;b.onclick=function(){h.remove()};
s.appendChild(p);if(u){a.href=u;a.textContent=more;s.appendChild(a)}s.appendChild(b);r.appendChild(c);r.appendChild(s);d.body.appendChild(h)}catch(e){}};
if(d.body)run();else d.addEventListener("DOMContentLoaded",run)}catch(e){}})`;

/** `/status/banner.js`: a notice for visitors of a shop while something is wrong, and nothing otherwise. */
export function renderBanner(document: StatusDocument, now: Date): string {
  const text = bannerText(document, now);
  if (text === null) return '/* All is well: nothing to show. */\n';
  const { banner } = wordsIn(document.page.language);
  const { url, language } = document.page;
  const values = [text, url && `${url}/status`, banner.more, banner.close, language];
  return `${SCRIPT}(window,document,${values.map(literal).join(',')});\n`;
}

/** A value as JavaScript writes it, in which no markup and no line separator acts wherever the file is put. */
const literal = (value: string | null): string =>
  JSON.stringify(value).replaceAll(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
