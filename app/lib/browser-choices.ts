import { knownZone } from './zone.ts';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

/** What whoever uses this browser chose for it, and what it is. Kept in cookies, so that the server renders with it. */
export interface BrowserChoices {
  theme: Theme;
  /** The time zone that was chosen; null: the browser's. */
  zone: string | null;
  /** The browser's own zone, as a page of ours told; null: not yet. */
  browserZone: string | null;
  /** The list of first steps on Now was put away. */
  stepsAway: boolean;
}

export const NOTHING_CHOSEN: BrowserChoices = {
  theme: 'system',
  zone: null,
  browserZone: null,
  stepsAway: false,
};

export const COOKIES = {
  theme: 'oc-theme',
  zone: 'oc-zone',
  browserZone: 'oc-browser-zone',
  steps: 'oc-first-steps',
} as const;

const YEAR_SECONDS = 31_536_000;

/** Reads the header `Cookie`; what nobody could have chosen counts as not chosen. */
export function readChoices(header: string | null): BrowserChoices {
  const cookies = new Map(
    (header ?? '').split(';').map((cookie): [string, string] => {
      const [name = '', value = ''] = cookie.trim().split('=');
      return [name, decoded(value)];
    }),
  );
  return {
    theme: THEMES.find((theme) => theme === cookies.get(COOKIES.theme)) ?? 'system',
    zone: knownZone(cookies.get(COOKIES.zone)),
    browserZone: knownZone(cookies.get(COOKIES.browserZone)),
    stepsAway: cookies.get(COOKIES.steps) === 'away',
  };
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return '';
  }
}

/**
 * One of these cookies, for `Set-Cookie` and for `document.cookie`.
 * @param value empty: not chosen any more
 */
export function choiceCookie(name: string, value: string, secure: boolean): string {
  const age = value === '' ? 0 : YEAR_SECONDS;
  return `${name}=${encodeURIComponent(value)}; Path=/; Max-Age=${age}; SameSite=Lax${secure ? '; Secure' : ''}`;
}
