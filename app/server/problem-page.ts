interface Words {
  title: string;
  sentence: string;
}

/** By status, where the answer itself says nothing to a person. */
const BY_STATUS: Record<number, Words> = {
  400: {
    title: 'This was not understood',
    sentence: 'The address or the form is damaged. Nothing was done.',
  },
  404: {
    title: 'There is no such page',
    sentence: 'The address leads nowhere; nothing is wrong with the app.',
  },
  500: {
    title: 'Outage Center failed while it answered',
    sentence: 'If you pressed a button just now, look whether it took effect before you press it again.',
  },
};

/** By code, where the problem's own title or sentence is for programs. */
const BY_CODE: Record<string, Partial<Words>> = {
  other_origin: { title: 'Nothing was done: this came from another site' },
  not_allowed: { title: 'Your role does not allow this' },
  form_too_large: { title: 'Nothing was done: the form is too large' },
  file_too_large: { title: 'Nothing was done: the file is too large' },
  not_a_form: {
    title: 'Nothing was done: what arrived was no form',
    sentence: 'Go back, reload the page and send it again.',
  },
  method_not_allowed: {
    title: 'There is nothing to see here',
    sentence: 'This address takes what a button on a page sends. Nothing was done.',
  },
};

/**
 * What a person is told of a refusal.
 * @param body of the answer: problem details, or a text that says nothing to a person
 */
export function wordsOf(status: number, body: string): Words {
  const { code = '', title, detail } = readProblem(body);
  const general = BY_STATUS[status] ?? BY_STATUS[status < 500 ? 400 : 500]!;
  const own = Object.hasOwn(BY_CODE, code) ? BY_CODE[code] : undefined;
  return {
    title: own?.title ?? title ?? general.title,
    sentence: own?.sentence ?? detail ?? general.sentence,
  };
}

function readProblem(body: string): { code?: string; title?: string; detail?: string } {
  try {
    const problem = JSON.parse(body) as Record<string, unknown> | null;
    const text = (name: string) => (typeof problem?.[name] === 'string' ? { [name]: problem[name] } : {});
    return { ...text('code'), ...text('title'), ...text('detail') };
  } catch {
    return {};
  }
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escape = (text: string) => text.replace(/[&<>"]/g, (character) => ENTITIES[character]!);

/**
 * A page that says it, in the look of the app; made without Remix and without the database, either of which may be what
 * failed.
 * @param back path that the person came from; null when it is not known
 */
export function problemPage(words: Words, back: string | null, stylesheets: readonly string[]): string {
  const link = (path: string, text: string) => `<a class="oc-link" href="${escape(path)}">${text}</a>`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escape(words.title)} · Outage Center</title>
${stylesheets.map((path) => `<link rel="stylesheet" href="${escape(path)}">`).join('\n')}
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
</head>
<body>
<div class="oc-page">
<header class="oc-header"><a class="oc-brand" href="/"><img src="/favicon.svg" alt="" width="28" height="28">Outage Center</a></header>
<main>
<section class="oc-card oc-trouble">
<h1>${escape(words.title)}</h1>
<p>${escape(words.sentence)}</p>
<p class="oc-row">${back ? `${link(back, 'Back to where you were')} ` : ''}${link('/', 'Open the Outage Center')}</p>
</section>
</main>
</div>
</body>
</html>
`;
}
