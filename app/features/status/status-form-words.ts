/** What a form of the page "Status page" can be refused for, and what is said then. */
export const FORM_PROBLEMS = {
  colour: 'Not saved: a colour is # and six digits, e.g. #1f5fbf.',
  language: 'Not saved: choose one of the languages.',
  logo_large: 'Not saved: a logo has at most 24 KB, because the page has to stay small.',
  logo_kind: 'Not saved: a logo is a PNG, JPEG, WebP or GIF picture.',
  name: 'Not saved: a component needs a name.',
  health: 'Not saved: tick at least one check, so that the page knows how the component is.',
  number: 'Not saved: minutes are whole numbers up to 1440, the place one up to 999.',
  text: 'Not saved: maintenance needs a title and a text.',
  window:
    'Not saved: it ends after it begins, within two weeks, in the future and within a year, at times that the clock there has.',
  rule: 'Not saved: repeat daily or less often, by an RRULE such as FREQ=WEEKLY;BYDAY=SU that has a time within a year.',
  together:
    'Not saved: one time would still go on when the next begins, and nobody would ever be called. This is the end of one time, not of all of them.',
  zone: 'Not saved: the time zone has a name such as Europe/Berlin, or UTC.',
  affects: 'Not saved: tick what is affected.',
  not_there: 'Nothing was changed: there is no such thing (any more).',
  changed_meanwhile:
    'Not saved: somebody changed it meanwhile, or there are 12 components already. Look again.',
} as const;
export type FormProblem = keyof typeof FORM_PROBLEMS;

/** Why an update was not published. */
export const PUBLISH_PROBLEMS = {
  not_found: 'Not published: there is no such incident.',
  drill: 'Not published: this is a drill, and customers are told of none.',
  text_missing: 'Not published: write a title and a text.',
  nothing_affected: 'Not published: say what is affected.',
  changed_meanwhile: 'Not published: somebody published an update meanwhile. Read it, then decide anew.',
  next_wrong: 'Not published: the next update needs a date and a time.',
  next_passed:
    'Not published: the time of the next update has passed. Choose a later one, and look at the text.',
  next_far: 'Not published: the next update is promised within four hours at most.',
  not_replaced:
    'Not replaced: somebody replaced this text meanwhile, or it is not there. Read it, then decide anew.',
  nothing_to_replace: 'Not replaced: write a text.',
  not_resolved_yet: 'Not published: looking back comes after it is resolved.',
} as const;
