/* global AbortController, clearTimeout, document, fetch, navigator, setInterval, setTimeout, window, URLSearchParams */
// The page that Chatwoot shows beside a conversation. It shows nothing before Chatwoot itself has said which conversation that
// is: a message from any other origin is not read.
const main = document.querySelector('main');
const origins = main.dataset.origins.split(' ').filter(Boolean);
const part = (name) => document.getElementById(name);
/** An answer that takes longer is none, ms; less than the time between two reads. */
const PATIENCE = 10_000;
let conversation = null;
/** The read that runs, or ran last: what an earlier one brings is not shown any more. */
let reading = null;

/** What is the same is not written again: a screen reader would say it again. */
function set(name, property, value) {
  if (part(name)[property] !== value) part(name)[property] = value;
}
const show = (name, isShown) => set(name, 'hidden', !isShown);

function say(text) {
  set('trouble', 'textContent', text);
  show('trouble', text !== '');
}

/** What is wrong, and that what is still shown may be old. */
const complain = (what) => say(part('shown').hidden ? what : `${what} What is shown may be old.`);

/**
 * Asks the app, for as long as there is patience.
 * @returns the answer's status and body; null for a body that is not the app's
 */
async function ask(address, options, stop = new AbortController()) {
  const late = setTimeout(() => stop.abort(), PATIENCE);
  try {
    const answer = await fetch(address, {
      ...options,
      headers: { Accept: 'application/json' },
      signal: stop.signal,
    });
    const body = await answer.json().catch((error) => {
      if (stop.signal.aborted) throw error;
      return null;
    });
    return { status: answer.status, ok: answer.ok && body !== null, body };
  } finally {
    clearTimeout(late);
  }
}

const problemOf = ({ status, body }) => body?.detail ?? `Outage Center answered with an error (${status}).`;
const SILENCE = 'Outage Center does not answer.';

const time = (iso) =>
  new Date(iso).toLocaleString([], { hour: '2-digit', minute: '2-digit', day: 'numeric', month: 'short' });
const counted = (n, one, many) => `${n} ${n === 1 ? one : many}`;

function waitingLine({ known, asOf, waitingSince, dueAt }, at) {
  if (waitingSince === null)
    return known ? 'Nobody waits for an answer here.' : 'Not known yet whether somebody waits here.';
  const due = dueAt && `, ${dueAt < at ? 'was due' : 'due'} by ${time(dueAt)}`;
  const old = !known && asOf && `, as far as was known ${time(asOf)}`;
  return `Waits since ${time(waitingSince)}${due || ''}${old || ''}.`;
}

function facts({ drafts, fetched, ...waiting }, at) {
  const lines = [waitingLine(waiting, at)];
  if (drafts.open > 0)
    lines.push(
      `${counted(drafts.open, 'AI draft is', 'AI drafts are')} ${drafts.held ? 'held' : 'on the way'} since ${time(drafts.since)}.`,
    );
  if (drafts.given > 0)
    lines.push(`${counted(drafts.given, 'message gets', 'messages get')} no draft: answer by hand.`);
  if (fetched > 0)
    lines.push(
      `${counted(fetched, 'message was', 'messages were')} fetched afterwards: no webhook told of it.`,
    );
  return lines;
}

function render(view) {
  main.dataset.tone = view.tone;
  set('line', 'textContent', view.line);
  const lines = facts(view.conversation, view.at);
  if (lines.join('\n') !== [...part('facts').children].map((item) => item.textContent).join('\n'))
    part('facts').replaceChildren(
      ...lines.map((text) => {
        const item = document.createElement('li');
        item.textContent = text;
        return item;
      }),
    );
  set('text', 'textContent', view.text ?? '');
  show('ready', view.text !== null);
  show('take', view.may.take);
  set('take', 'value', view.incident ? String(view.incident.id) : '');
  show('fallback', view.may.fallback);
  show('shown', true);
}

async function read() {
  if (conversation === null) return;
  reading?.abort();
  const mine = new AbortController();
  reading = mine;
  const answer = await ask(
    `/embed/conversation?${new URLSearchParams({ id: conversation })}`,
    {},
    mine,
  ).catch(() => null);
  if (reading !== mine) return;
  show('wait', false);
  if (answer === null) return complain(SILENCE);
  show('sign-in', answer.status === 401);
  if (answer.status === 401) {
    show('shown', false);
    say('');
  } else if (answer.ok) {
    say('');
    render(answer.body);
  } else complain(problemOf(answer));
}

async function send(address, fields) {
  const answer = await ask(address, { method: 'POST', body: new URLSearchParams(fields) }).catch(() => null);
  if (answer?.ok) return true;
  say(answer === null ? `${SILENCE} It is not known whether this was done.` : problemOf(answer));
  return false;
}

window.addEventListener('message', ({ origin, data }) => {
  if (!origins.includes(origin) || typeof data !== 'string') return;
  let told;
  try {
    told = JSON.parse(data);
  } catch {
    return;
  }
  const id = told?.event === 'appContext' ? told.data?.conversation?.id : undefined;
  if (!/^\d{1,19}$/.test(String(id))) return;
  if (conversation !== String(id)) {
    // What was shown is another customer's.
    show('shown', false);
    part('copy').textContent = 'Copy';
    say('');
    conversation = String(id);
  }
  read();
});

part('code').addEventListener('submit', async (event) => {
  event.preventDefault();
  const field = event.target.elements.namedItem('code');
  if (await send('/embed', { code: field.value })) {
    field.value = '';
    read();
  }
});
part('take').addEventListener('click', async ({ target }) => {
  if (await send('/embed/conversation', { incident: target.value })) read();
});
part('copy').addEventListener('click', async ({ target }) => {
  // A frame of another site may not use the clipboard by itself in every browser: what is selected can be copied by hand.
  window.getSelection().selectAllChildren(part('text'));
  const isCopied = await navigator.clipboard.writeText(part('text').textContent).then(
    () => true,
    () => document.execCommand('copy'),
  );
  target.textContent = isCopied ? 'Copied' : 'Selected: press Ctrl C';
});

// Chatwoot tells by itself when a conversation is opened, and when it is asked.
for (const origin of origins) window.parent.postMessage('chatwoot-dashboard-app:fetch-info', origin);
setInterval(read, 15_000);
