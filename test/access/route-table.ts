/**
 * Who may do what, for every route and verb of the build. A new route that is not in this table fails its test;
 * so does one whose answer is not what the table says.
 */
export type Who = 'anonymous' | 'viewer' | 'responder' | 'admin' | 'all_token' | 'reading_token';
export const WHO: Who[] = ['anonymous', 'viewer', 'responder', 'admin', 'all_token', 'reading_token'];

/** `in`: the handler itself answers, whatever it says of the request. */
export type Answer = 'in' | 'sign_in' | 401 | 403 | 404 | 405;
type Row = Record<Who, Answer>;

const page = (viewer: Answer, responder: Answer, admin: Answer, all: Answer, reading: Answer): Row => ({
  anonymous: 'sign_in',
  viewer,
  responder,
  admin,
  all_token: all,
  reading_token: reading,
});
const machine = (row: Row): Row => ({ ...row, anonymous: 401 });
const everybody = (answer: Answer): Row => Object.fromEntries(WHO.map((who) => [who, answer])) as Row;

const READS = page('in', 'in', 'in', 'in', 'in');
const RESPONDS = page(403, 'in', 'in', 'in', 403);
const ADMIN = page(403, 403, 'in', 'in', 403);
const PEOPLE = page(403, 403, 'in', 403, 403);
const CONTACTS = page(403, 403, 'in', 403, 403);
// A draft is approved, and a checklist ticked, by a person: no token may.
const GATES = page(403, 'in', 'in', 403, 403);
const WRITES_TICKETS = page(403, 'in', 'in', 403, 403);
const OWN = page('in', 'in', 'in', 403, 403);
const SANDBOX = page(403, 'in', 'in', 403, 403);
const DRILLS = SANDBOX;
const PUBLIC = everybody('in');
const NOT_HERE = everybody(405);

/** By route id; `path` is where the test asks. A route without an action answers a POST with 405. */
export const ROUTES: Record<string, { path: string; GET: Row; POST: Row }> = {
  'routes/_index': { path: '/', GET: READS, POST: NOT_HERE },
  'routes/$': { path: '/no/such/page', GET: everybody(404), POST: NOT_HERE },
  'routes/account': { path: '/account', GET: OWN, POST: machine(OWN) },
  'routes/audit': { path: '/audit', GET: ADMIN, POST: NOT_HERE },
  'routes/audit[.]csv': { path: '/audit.csv', GET: ADMIN, POST: NOT_HERE },
  'routes/contacts': { path: '/contacts', GET: READS, POST: machine(CONTACTS) },
  'routes/on-call.$file': { path: '/on-call/1.x.ics', GET: everybody(404), POST: NOT_HERE },
  'routes/dead-letters.$id': { path: '/dead-letters/ENTRY', GET: READS, POST: NOT_HERE },
  'routes/dead-letters.discard': { path: '/dead-letters/discard?scope=all', GET: ADMIN, POST: NOT_HERE },
  'routes/dead-letters.replay': { path: '/dead-letters/replay?scope=all', GET: RESPONDS, POST: NOT_HERE },
  'routes/demo.$token': { path: '/demo/x', GET: everybody(404), POST: NOT_HERE },
  'routes/events': { path: '/events', GET: machine(READS), POST: NOT_HERE },
  'routes/health': { path: '/health', GET: READS, POST: NOT_HERE },
  'routes/alerts': { path: '/alerts', GET: READS, POST: machine(PEOPLE) },
  'routes/incidents._index': { path: '/incidents', GET: READS, POST: NOT_HERE },
  'routes/incidents.$id._index': { path: '/incidents/1', GET: page(404, 404, 404, 404, 404), POST: NOT_HERE },
  'routes/acknowledge.$token': { path: '/acknowledge/1.x', GET: PUBLIC, POST: PUBLIC },
  'routes/invite.$token': { path: '/invite/x', GET: PUBLIC, POST: PUBLIC },
  'routes/people': { path: '/people', GET: PEOPLE, POST: machine(PEOPLE) },
  'routes/sandbox': { path: '/sandbox', GET: NOT_HERE, POST: machine(SANDBOX) },
  'routes/sandbox_.messages': { path: '/sandbox/messages', GET: READS, POST: NOT_HERE },
  'routes/tickets._index': { path: '/tickets', GET: READS, POST: machine(WRITES_TICKETS) },
  'routes/tickets.$id': {
    path: '/tickets/1',
    GET: page(404, 404, 404, 404, 404),
    POST: machine(WRITES_TICKETS),
  },
  'routes/tickets.import': { path: '/tickets/import', GET: WRITES_TICKETS, POST: machine(WRITES_TICKETS) },
  'routes/tickets.merge': { path: '/tickets/merge', GET: WRITES_TICKETS, POST: machine(WRITES_TICKETS) },
  'routes/tickets.templates': { path: '/tickets/templates', GET: READS, POST: machine(PEOPLE) },
  'routes/tickets[.]csv': { path: '/tickets.csv', GET: RESPONDS, POST: NOT_HERE },
  'routes/setup.$token': { path: '/setup/x', GET: PUBLIC, POST: PUBLIC },
  'routes/sign-in': { path: '/sign-in', GET: PUBLIC, POST: PUBLIC },
  'routes/sign-in_.callback.oidc': { path: '/sign-in/callback/oidc', GET: everybody(404), POST: NOT_HERE },
  'routes/sign-in_.code': { path: '/sign-in/code', GET: PUBLIC, POST: PUBLIC },
  'routes/sign-in_.oidc': { path: '/sign-in/oidc', GET: everybody(404), POST: NOT_HERE },
  'routes/delivery': { path: '/delivery', GET: READS, POST: NOT_HERE },
  'routes/search': { path: '/search?q=1', GET: READS, POST: NOT_HERE },
  'routes/status-page': { path: '/status-page', GET: READS, POST: machine(PEOPLE) },
  'routes/incidents.$id.update': {
    path: '/incidents/1/update',
    GET: page(403, 404, 404, 404, 403),
    POST: machine(RESPONDS),
  },
  // A session is worth nothing there; what is no call at all is the handler's to refuse.
  'routes/mcp': {
    path: '/mcp',
    GET: NOT_HERE,
    POST: { ...everybody(401), all_token: 'in', reading_token: 'in' },
  },
  // The page itself tells nothing; who asks it for something is judged like everywhere.
  'routes/embed': { path: '/embed', GET: PUBLIC, POST: PUBLIC },
  'routes/embed_.code': { path: '/embed/code', GET: OWN, POST: NOT_HERE },
  'routes/embed_.conversation': { path: '/embed/conversation?id=1', GET: READS, POST: machine(RESPONDS) },
  'routes/settings': { path: '/settings', GET: READS, POST: NOT_HERE },
  'routes/api-docs': { path: '/api-docs', GET: READS, POST: NOT_HERE },
  'routes/api/openapi': { path: '/api/openapi.json', GET: machine(READS), POST: NOT_HERE },
  'routes/api/strip': { path: '/api/strip', GET: machine(READS), POST: NOT_HERE },
  'routes/sign-out': { path: '/sign-out', GET: NOT_HERE, POST: PUBLIC },
  'routes/api/dead-letters.discard': {
    path: '/api/dead-letters/discard',
    GET: NOT_HERE,
    POST: machine(ADMIN),
  },
  'routes/api/dead-letters.plan': { path: '/api/dead-letters/plan', GET: NOT_HERE, POST: machine(RESPONDS) },
  'routes/api/dead-letters.replay': {
    path: '/api/dead-letters/replay',
    GET: NOT_HERE,
    POST: machine(RESPONDS),
  },
  'routes/api/dead-letters.restore': {
    path: '/api/dead-letters/restore',
    GET: NOT_HERE,
    POST: machine(ADMIN),
  },
  'routes/api/health.check': { path: '/api/health/check', GET: NOT_HERE, POST: machine(RESPONDS) },
  'routes/api/arrival.prove': { path: '/api/arrival/prove', GET: NOT_HERE, POST: machine(RESPONDS) },
  'routes/api/arrival.register': { path: '/api/arrival/register', GET: NOT_HERE, POST: machine(PEOPLE) },
  'routes/recovery': { path: '/recovery', GET: READS, POST: NOT_HERE },
  'routes/incidents.$id.recovery': {
    path: '/incidents/1/recovery',
    GET: page(404, 404, 404, 404, 404),
    POST: NOT_HERE,
  },
  'routes/api/gates': { path: '/api/gates', GET: machine(READS), POST: NOT_HERE },
  'routes/api/gates.mark': { path: '/api/gates/mark', GET: NOT_HERE, POST: machine(GATES) },
  'routes/api/canary': { path: '/api/canary', GET: machine(READS), POST: machine(GATES) },
  'routes/api/canary.decide': { path: '/api/canary/1/approve', GET: NOT_HERE, POST: machine(GATES) },
  'routes/fallback': { path: '/fallback', GET: READS, POST: NOT_HERE },
  'routes/drill._index': { path: '/drill', GET: READS, POST: NOT_HERE },
  'routes/drill.$id._index': { path: '/drill/1', GET: page(404, 404, 404, 404, 404), POST: NOT_HERE },
  'routes/drill.$id.$': { path: '/drill/1/incidents/1', GET: READS, POST: NOT_HERE },
  'routes/api/drills': { path: '/api/drills', GET: machine(READS), POST: machine(DRILLS) },
  'routes/api/drills.act': { path: '/api/drills/1/end', GET: NOT_HERE, POST: machine(DRILLS) },
  'routes/api/fallback.toggle': {
    path: '/api/fallback/toggle',
    GET: machine(READS),
    POST: machine(RESPONDS),
  },
  'routes/api/fallback.steps': {
    path: '/api/fallback/steps',
    GET: NOT_HERE,
    POST: machine(RESPONDS),
  },
  'routes/api/incidents': { path: '/api/incidents', GET: machine(READS), POST: machine(RESPONDS) },
  'routes/api/incidents.read': { path: '/api/incidents/1', GET: machine(READS), POST: NOT_HERE },
  'routes/api/incidents.control': {
    path: '/api/incidents/1/acknowledge',
    GET: NOT_HERE,
    POST: machine(RESPONDS),
  },
  'routes/incidents.$id.report': {
    path: '/incidents/1/report',
    GET: page(404, 404, 404, 404, 404),
    POST: NOT_HERE,
  },
  'routes/api/incidents.report': { path: '/api/incidents/1/report', GET: machine(READS), POST: NOT_HERE },
  // A report is written and signed by a person: no token may.
  'routes/api/incidents.report.change': {
    path: '/api/incidents/1/report/save',
    GET: NOT_HERE,
    POST: machine(GATES),
  },
  'routes/api/replays.control': { path: '/api/replays/1/pause', GET: NOT_HERE, POST: machine(RESPONDS) },
  'routes/api/replays.read': { path: '/api/replays/1', GET: machine(READS), POST: NOT_HERE },
  'routes/waiting': { path: '/waiting', GET: READS, POST: NOT_HERE },
  'routes/waiting_.assign': { path: '/waiting/assign', GET: SANDBOX, POST: machine(SANDBOX) },
  'routes/api/waiting.assign': { path: '/api/waiting/assign', GET: NOT_HERE, POST: machine(SANDBOX) },
  'routes/api/reconcile': { path: '/api/reconcile', GET: machine(READS), POST: machine(RESPONDS) },
  'routes/api/reconcile.withheld': {
    path: '/api/reconcile/withheld',
    GET: machine(READS),
    POST: machine(RESPONDS),
  },
  'routes/api/status': { path: '/api/status', GET: machine(READS), POST: NOT_HERE },
  // It has a signature or a token of its own; the empty body is what it objects to here.
  'routes/api/webhooks.chatwoot': { path: '/api/webhooks/chatwoot', GET: NOT_HERE, POST: PUBLIC },
};
