import { ROUTES } from './route-table.ts';

const words = (text: string) => text.split(' ');

/** Every address that takes a form, with each verb that its path or its field `do` knows; but for signing oneself out. */
const VERBS: Record<string, string[]> = {
  'routes/account': words(
    'password end-session second-factor-begin second-factor-confirm second-factor-off token-create token-revoke unlink device-add device-edit device-remove device-test __proto__',
  ),
  'routes/people': words('invite withdraw role deactivate reactivate sign-out unlink reset constructor'),
  'routes/contacts': words(
    'add-contact edit-contact remove-contact add-channel edit-channel remove-channel raise-channel add-step edit-step remove-step move-step add-rotation edit-rotation add-override swap-turns remove-override make-calendar end-calendar remove-rotation test toString',
  ),
  'routes/alerts': words('threshold reset mute unmute constructor'),
  'routes/tickets._index': words('add change note reply send'),
  'routes/tickets.$id': words('change note reply send'),
  'routes/tickets.merge': [''],
  'routes/tickets.templates': words('save remove'),
  'routes/waiting_.assign': [''],
  'routes/status-page': words(
    'page component remove window end end-series cancel-mailing unbounce unsubscribe constructor',
  ),
  'routes/incidents.$id.update': ['', ...words('preview again cancel replace toString')],
  'routes/api/fallback.steps': words('add retry restore toString'),
};
/** What whoever responds to incidents may do on a page whose other forms are an admin's: it is their own time. */
export const RESPONDERS_MAY: Record<string, string[]> = {
  'routes/contacts': words('add-override swap-turns remove-override make-calendar end-calendar'),
};
const PATHS: Record<string, string[]> = {
  'routes/api/incidents.control': words(
    'acknowledge assign severity note resolve reopen merge run-step tick-step skip-step untick-step __proto__ constructor',
  ).map((verb) => `/api/incidents/1/${verb}`),
  'routes/api/incidents.report.change': words(
    'save settle sign reopen add-action change-action toString',
  ).map((verb) => `/api/incidents/1/report/${verb}`),
  'routes/api/replays.control': words('pause resume cancel __proto__').map(
    (verb) => `/api/replays/1/${verb}`,
  ),
  'routes/api/canary.decide': words('approve reject constructor').map((verb) => `/api/canary/1/${verb}`),
  'routes/api/drills.act': words('break publish repair end hasOwnProperty').map(
    (verb) => `/api/drills/1/${verb}`,
  ),
};
/** Sign-in, also inside Chatwoot, is anybody's, and has tests of its own; the webhook endpoint and MCP take no forms. */
export const NOT_HERE = /sign-|setup|invite|acknowledge|webhooks|routes\/mcp|routes\/embed$/;

export const ACTIONS = Object.entries(ROUTES)
  .filter(([id, { POST }]) => POST.anonymous !== 405 && !NOT_HERE.test(id))
  .map(([id, { path, POST }]) => ({ id, POST, paths: PATHS[id] ?? [path], verbs: VERBS[id] ?? [''] }));

export const NAMES = words(
  'id ids person role email name customer issue ticket version minutesAgo response responseWas status text mailId subject reason to inbox webhook override title severity cause assignee resolution overrideReason into step note item gate incident run seq pair agent key scope state event since until page rate careful aside action owner due scenario speed notify invitation token permission days channel kind address secret afterMinutes contact form returnTo zone csv file password code method act draft content sort show conversation messageId stepId runId count from session current again template inboxes rule threshold minutes affects all audience after_minutes colour command component dueOn enabled format health hook hosting key language mailing mode newer next no_secret notice older one options order personal place position repeat rows seen series span subscriber tab theme title when_acknowledged starts_on hand_over person until turn with subscription device only_called was',
);

/** What somebody types who wants to see it break. */
export const VALUES: Record<string, string> = {
  'no value': '',
  'NUL within': 'a%00b',
  'half a character': '%ED%A0%80',
  'bytes that are no text': '%FF%FE%80',
  'a prototype key': '__proto__',
  'another prototype key': 'constructor',
  'less than nothing': '-1',
  'more than any column': '99999999999999999999',
  'beyond 2^53': '9007199254740993',
  'beyond 2^31': '2147483648',
  'no whole number': '1.5',
  'a large exponent': '1e309',
  'not a number': 'NaN',
  'a list': '[1,2,3]',
  'an object': '%7B%22%24ne%22%3Anull%7D',
  'an address elsewhere': '%2F%2Fevil.example%2F..%2F',
  'a script': '%3Cscript%3Ealert(1)%3C%2Fscript%3E',
  SQL: "'%3B+DROP+TABLE+people%3B+--",
  'a line break for headers': 'a%0d%0aSet-Cookie%3A+x%3D1',
  'an override': '%E2%80%AE%E2%80%8B',
  'what is one of them': '1',
  'a very long text': 'x'.repeat(8000),
  'very many emoji': '%F0%9F%98%80'.repeat(600),
};

function makeBodies(): [string, string][] {
  const form = (value: string) => NAMES.map((name) => `${name}=${value}`).join('&');
  return [
    ...Object.entries(VALUES).map(([name, value]): [string, string] => [name, form(value)]),
    ['every field twice', `${form('1')}&${form('2')}`],
    [
      'arrays where texts are expected',
      NAMES.map((name) => `${name}[]=1&${name}[a]=2&${name}[__proto__][x]=3`).join('&'),
    ],
    [
      'prototype keys as names',
      '__proto__=1&constructor=2&prototype=3&toString=4&__proto__[admin]=1&hasOwnProperty=5',
    ],
    ['ten thousand fields', Array.from({ length: 10_000 }, (_, i) => `pair=${i}>${i}&id=${i}`).join('&')],
    ['a broken escape', 'do=%&reason=%zz&id=%E2%82'],
    ['nothing but separators', '&&&===&&&'],
  ];
}

/** Each with its name. */
export const BODIES = makeBodies();

/** A fifth of them, another one each time: a form after the other, each meets some and all meet all. */
export const share = (nth: number) => BODIES.filter((_body, at) => (at + nth) % 5 === 0);
