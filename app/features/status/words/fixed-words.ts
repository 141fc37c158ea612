import type { PublicState, UpdateState } from '../status-document.ts';

/** The fixed words of the public page; a language is one file of them. */
export interface StatusWords {
  /** The page's title when none was chosen. */
  title: string;
  /** One sentence on how everything is. */
  overall: Record<PublicState, string>;
  state: Record<PublicState, string>;
  update: Record<UpdateState | 'scheduled' | 'in_progress' | 'completed' | 'cancelled', string>;
  now: string;
  planned: string;
  components: string;
  past: string;
  noneInPast: string;
  history: string;
  allMonths: string;
  noneEver: string;
  back: string;
  affected: string;
  started: string;
  lasted: string;
  minutes: (n: number) => string;
  hours: (n: number) => string;
  from: string;
  to: string;
  daysAgo: string;
  today: string;
  /** Of a component's bar: on how many watched days every check passed. */
  passed: (passed: number, watched: number) => string;
  /** No day is known: also on the first one, while what fails in it has not been told. */
  notWatched: string;
  badDays: string;
  legend: { passed: string; some: string; many: string; none: string };
  formula: string;
  asOf: string;
  stale: (time: string) => string;
  feeds: string;
  contact: string;
  /**
   * Texts of what is published by itself, and of the draft. A component's name stands before a colon: it may be a plural, or
   * several names, and nothing after it has to agree with it.
   */
  auto: {
    title: (component: string) => string;
    investigating: (component: string, since: string, email: string) => string;
    /** It comes and goes: said instead of each change. */
    unsteady: (component: string, since: string, email: string) => string;
    monitoring: (component: string, since: string) => string;
    resolved: (component: string, since: string) => string;
    /** It goes on as another one. */
    merged: string;
    next: (time: string) => string;
  };
  /** What visitors of a shop are told. */
  banner: {
    down: (what: string, email: string) => string;
    byHand: (email: string) => string;
    more: string;
    close: string;
  };
  /** Being told by e-mail or webhook. */
  follow: {
    link: string;
    title: string;
    intro: string;
    email: string;
    /** Above the components to tick. */
    about: string;
    all: string;
    subscribe: string;
    wrongEmail: string;
    wrongHook: string;
    many: string;
    away: string;
    sentTitle: string;
    /** The same whoever asks, whatever is known of the address. */
    sent: string;
    confirmTitle: string;
    confirm: string;
    mine: string;
    confirmed: string;
    save: string;
    leave: string;
    leftTitle: string;
    left: string;
    unknownTitle: string;
    unknown: string;
    /** Of the mail to somebody who signed up. */
    askedSubject: string;
    asked: string;
    knownSubject: string;
    known: string;
    /** At the end of each mail, before the link. */
    why: string;
    hookTitle: string;
    hookIntro: string;
    hookUrl: string;
    hookAdded: string;
    hookSecret: string;
    hookLink: string;
    /** It was subscribed before: instead of the secret and the link. */
    hookKnown: string;
  };
}
