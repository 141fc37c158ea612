import { drawingOf, html, layout, type Markup } from '../render-parts.ts';
import type { StatusDocument } from '../status-document.ts';
import { wordsIn } from '../status-words.ts';
import { SUBSCRIBE_PATH } from './subscriber.ts';

/** What is wrong with a sign-up, and what was typed. */
export interface Refusal {
  kind: 'email' | 'hook' | 'many' | 'away';
  typed: string;
  ticked: readonly string[];
}

/** `/status/subscribe`: the forms for people and for programs, which work without script. */
export function renderSubscribe(document: StatusDocument, now: Date, refusal: Refusal | null = null): string {
  const { follow: words } = wordsIn(document.page.language);
  const ticked = new Set(refusal?.ticked ?? []);
  const own = (kind: Refusal['kind']) => refusal?.kind === kind;
  const general = refusal && (own('many') || own('away')) && words[refusal.kind === 'many' ? 'many' : 'away'];
  const field = (kind: 'email' | 'hook', attributes: Markup, label: string, wrong: string) =>
    html`<label for="${kind}">${label}</label>
      <input
        id="${kind}"
        required
        value="${own(kind) && refusal!.typed}"
        ${attributes}${own(kind) && html` aria-invalid="true" aria-describedby="${kind}-wrong" autofocus`}
      />
      ${own(kind) && html`<p class="wrong" id="${kind}-wrong" role="alert">${wrong}</p>`}`;
  return page(
    document,
    now,
    words.title,
    html`<section class="card box">
        <h1>${words.title}</h1>
        <p>${words.intro}</p>
        ${general && html`<p class="wrong" role="alert">${general}</p>`}
        <form method="post" action="${SUBSCRIBE_PATH}">
          ${field('email', html`type="email" name="email" autocomplete="email" maxlength="254"`, words.email, words.wrongEmail)}
          ${choices(document, (id) => !own('hook') && ticked.has(id))}
          <button>${words.subscribe}</button>
        </form>
      </section>
      <details class="card box" ${own('hook') && html`open`}>
        <summary>${words.hookTitle}</summary>
        <p>${words.hookIntro}</p>
        <form method="post" action="${SUBSCRIBE_PATH}">
          ${field('hook', html`type="url" name="hook" maxlength="500" placeholder="https://"`, words.hookUrl, words.wrongHook)}
          ${choices(document, (id) => own('hook') && ticked.has(id))}
          <button>${words.subscribe}</button>
        </form>
      </details>`,
  );
}

/** Components to tick, of a form. */
function choices({ components, page }: StatusDocument, isTicked: (id: string) => boolean): Markup {
  const { follow: words } = wordsIn(page.language);
  return html`<fieldset>
    <legend>${words.about}</legend>
    <p class="soft">${words.all}</p>
    ${components.map(
      ({ id, name }) =>
        html`<label
          ><input type="checkbox" name="component" value="${id}" ${isTicked(String(id)) && html`checked`} />
          ${name}</label
        >`,
    )}
  </fieldset>`;
}

/** What the link of a mail opens: confirm, change, end. Opening it does nothing: mail programs open links too. */
export function renderSubscription(
  document: StatusDocument,
  subscription: { confirmed: boolean; components: readonly string[] },
  path: string,
  now: Date,
): string {
  const { follow: words } = wordsIn(document.page.language);
  const { confirmed } = subscription;
  const title = confirmed ? words.mine : words.confirmTitle;
  return page(
    document,
    now,
    title,
    html`<section class="card box">
      <h1>${title}</h1>
      <p>${confirmed ? words.confirmed : words.intro}</p>
      <form method="post" action="${path}">
        ${choices(document, (id) => subscription.components.includes(id))}
        <button name="do" value="save">${confirmed ? words.save : words.confirm}</button>
        <button name="do" value="leave" class="plain">${words.leave}</button>
      </form>
    </section>`,
  );
}

/** A page that only says something. */
export function renderSaid(
  document: StatusDocument,
  said: 'sent' | 'left' | 'unknown' | 'away' | 'many',
  now: Date,
): string {
  const { follow: words } = wordsIn(document.page.language);
  const titles = { sent: words.sentTitle, left: words.leftTitle, unknown: words.unknownTitle };
  const title = said === 'away' || said === 'many' ? words.title : titles[said];
  return page(
    document,
    now,
    title,
    html`<section class="card box">
      <h1>${title}</h1>
      <p role="status">${words[said]}</p>
    </section>`,
  );
}

/** After a webhook has answered the challenge: its secret, this once, and its link; nothing of either when it is known already. */
export function renderHookAdded(
  document: StatusDocument,
  added: { secret: string; link: string } | 'known',
  now: Date,
): string {
  const { follow: words } = wordsIn(document.page.language);
  return page(
    document,
    now,
    words.hookAdded,
    html`<section class="card box">
      <h1>${words.hookAdded}</h1>
      ${
        added === 'known'
          ? html`<p>${words.hookKnown}</p>`
          : html`<p>${words.hookSecret}</p>
              <p><code>${added.secret}</code></p>
              <p>${words.hookLink}</p>
              <p><a href="${added.link}">${added.link}</a></p>`
      }
    </section>`,
  );
}

const page = (document: StatusDocument, now: Date, title: string, body: Markup): string =>
  layout(drawingOf(document, now), { title, body });
