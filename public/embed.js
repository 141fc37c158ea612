/* global document, fetch, navigator, setInterval, window, URLSearchParams */
// The page that Chatwoot shows beside a conversation. It shows nothing before Chatwoot itself has said which conversation that
// is: a message from any other origin is not read.
const main = document.querySelector('main');
const origins = main.dataset.origins.split(' ').filter(Boolean);
const part = (name) => document.getElementById(name);
let conversation = null;

const show = (name, isShown) => {
  part(name).hidden = !isShown;
};

function say(text) {
  part('trouble').textContent = text;
  show('trouble', text !== '');
}

const time = (iso) =>
  new Date(iso).toLocaleString([], { hour: '2-digit', minute: '2-digit', day: 'numeric', month: 'short' });
const counted = (n, one, many) => `${n} ${n === 1 ? one : many}`;

function facts({ waitingSince, dueAt, drafts, fetched }, at) {
  const lines = [];
  if (waitingSince === null) lines.push('Nobody waits for an answer here.');
  else {
    const late = dueAt !== null && dueAt < at;
    lines.push(
      `Waits since ${time(waitingSince)}${dueAt ? `, ${late ? 'was due' : 'due'} by ${time(dueAt)}` : ''}.`,
    );
  }
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
  part('line').textContent = view.line;
  part('facts').replaceChildren(
    ...facts(view.conversation, view.at).map((text) => {
      const item = document.createElement('li');
      item.textContent = text;
      return item;
    }),
  );
  part('text').textContent = view.text ?? '';
  show('ready', view.text !== null);
  show('take', view.may.take);
  part('take').value = view.incident ? String(view.incident.id) : '';
  show('fallback', view.may.fallback);
  show('shown', true);
}

async function read() {
  if (conversation === null) return;
  const asked = conversation;
  try {
    const answer = await fetch(`/embed/conversation?${new URLSearchParams({ id: asked })}`, {
      headers: { Accept: 'application/json' },
    });
    if (asked !== conversation) return;
    show('sign-in', answer.status === 401);
    show('wait', false);
    if (answer.status === 401) {
      show('shown', false);
      say('');
      return;
    }
    const body = await answer.json();
    if (!answer.ok) {
      say(body.detail);
      return;
    }
    say('');
    render(body);
  } catch {
    say('Outage Center does not answer. What is shown may be old.');
  }
}

async function send(address, fields) {
  const answer = await fetch(address, {
    method: 'POST',
    headers: { Accept: 'application/json' },
    body: new URLSearchParams(fields),
  });
  if (answer.ok) return true;
  say((await answer.json()).detail);
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
  conversation = String(id);
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
