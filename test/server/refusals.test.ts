import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApp, type AppProcess } from '../support/app-process.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { fetchAs, openTestAccess, type TestAccess } from '../support/sign-in.ts';

let services: TestServices;
let access: TestAccess;
let app: AppProcess;
let viewer: string;
let admin: string;

beforeAll(async () => {
  services = await createTestServices();
  app = await startApp({ DATABASE_URL: services.databaseUrl, DATA_DIR: services.dataDir });
  await app.ready();
  access = openTestAccess(services);
  viewer = await access.signIn('viewer');
  admin = await access.signIn('admin');
}, 120_000);
afterAll(async () => {
  await app?.kill('SIGTERM');
  access?.stop();
  await services?.close();
});

/** What a browser says when it goes somewhere by itself: by a link, or by a form without scripts. */
const NAVIGATION = {
  Accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  'Accept-Encoding': 'gzip',
  'Sec-Fetch-Mode': 'navigate',
};
const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };

interface Refused {
  path: string;
  status: number;
  title: string;
  sentence: RegExp;
  code: string;
  as?: () => string;
  init?: () => RequestInit;
}
const post = (headers: Record<string, string> = {}, body = 'scope=all'): RequestInit => ({
  method: 'POST',
  headers: { ...FORM, ...headers },
  body,
});
const REFUSED: Record<string, Refused> = {
  'another site': {
    path: '/api/dead-letters/replay',
    init: () => post({ Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' }),
    status: 403,
    title: 'Nothing was done: this came from another site',
    sentence: /Open the page itself and try again/,
    code: 'other_origin',
  },
  'a right that was taken away': {
    path: '/api/dead-letters/replay',
    as: () => viewer,
    init: () => post(),
    status: 403,
    title: 'Your role does not allow this',
    sentence: /An admin can change it on the page &quot;People&quot;/,
    code: 'not_allowed',
  },
  'too large a form': {
    path: '/api/dead-letters/replay',
    init: () => post({}, `note=${'x'.repeat(1_100_000)}`),
    status: 413,
    title: 'Nothing was done: the form is too large',
    sentence: /over 1 MB: select by filter/,
    code: 'form_too_large',
  },
  'no form': {
    path: '/api/dead-letters/replay',
    init: () => post({ 'Content-Type': 'text/plain' }),
    status: 415,
    title: 'Nothing was done: what arrived was no form',
    sentence: /reload the page/,
    code: 'not_a_form',
  },
  'an address of a form, by a link': {
    path: '/api/dead-letters/replay',
    status: 405,
    title: 'There is nothing to see here',
    sentence: /Nothing was done/,
    code: 'method_not_allowed',
  },
  'an incident that is none': {
    path: '/api/incidents/999',
    status: 404,
    title: 'Not found',
    sentence: /There is no incident with that number/,
    code: 'not_found',
  },
  'a file that is none': {
    path: '/assets/none.js',
    status: 404,
    title: 'There is no such page',
    sentence: /leads nowhere/,
    code: 'not_found',
  },
  'a damaged address': {
    path: '/assets/%ff',
    status: 400,
    title: 'This was not understood',
    sentence: /address or the form is damaged/,
    code: 'not_understood',
  },
};

describe('what is refused', () => {
  test.each(Object.entries(REFUSED))('%s: a page for a person', async (_name, refused) => {
    const init = refused.init?.() ?? {};
    const referer = `${app.url}/dead-letters/replay?scope=all`;
    const answer = await fetchAs(refused.as?.() ?? admin, app.url + refused.path, {
      ...init,
      redirect: 'manual',
      headers: { Referer: referer, ...NAVIGATION, ...(init.headers as Record<string, string>) },
    });
    expect(answer.status).toBe(refused.status);
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const html = await answer.text();
    expect(html).toContain(`<h1>${refused.title}</h1>`);
    expect(html).toMatch(refused.sentence);
    expect(html).toContain('href="/dead-letters/replay?scope=all">Back to where you were</a>');
    const styles = [...html.matchAll(/rel="stylesheet" href="([^"]+)"/g)].map(([, href]) => href!);
    expect(styles).toHaveLength(2);
    for (const href of styles) expect((await fetch(app.url + href)).status).toBe(200);
    expect(html).not.toMatch(/<script/);
  });

  test.each(Object.entries(REFUSED))('%s: problem details for a program', async (_name, refused) => {
    const init = refused.init?.() ?? {};
    const answer = await fetchAs(refused.as?.() ?? admin, app.url + refused.path, {
      ...init,
      headers: { Accept: 'application/json', ...(init.headers as Record<string, string>) },
    });
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(await answer.json()).toMatchObject({ status: refused.status, code: refused.code });
  });

  test('nobody is led back to another site, and no address becomes a part of the page', async () => {
    for (const referer of [
      'https://evil.example/x',
      `${app.url}/?"><script>alert(1)</script>`,
      'javascript:x',
    ]) {
      const answer = await fetchAs(admin, `${app.url}/api/dead-letters/replay`, {
        headers: { ...NAVIGATION, Referer: referer },
      });
      const html = await answer.text();
      expect(html).not.toMatch(/evil\.example|<script|javascript:/);
      expect(html).toContain('<a class="oc-link" href="/">Open the Outage Center</a>');
    }
  });

  test('a form of a session that ended leads to the sign-in', async () => {
    const answer = await fetch(`${app.url}/api/dead-letters/replay`, {
      ...post(NAVIGATION),
      redirect: 'manual',
    });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/sign-in']);
  });

  test('a page that takes no form says so, and not that the app is in trouble', async () => {
    const answer = await fetchAs(admin, `${app.url}/health`, { ...post(NAVIGATION) });
    expect(answer.status).toBe(405);
    const html = await answer.text();
    expect(html).toContain('This page takes no form.');
    expect(html).not.toContain('did not answer');
  });

  test('what succeeds is as it was', async () => {
    const page = await fetchAs(admin, app.url, { headers: NAVIGATION });
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('</html>');
    const ready = await fetch(`${app.url}/readyz`, { headers: NAVIGATION });
    expect(ready.headers.get('content-type')).toMatch(/^application\/health\+json/);
  });
});
