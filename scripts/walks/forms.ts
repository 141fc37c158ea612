import { expectThat } from './walk.ts';

/** As a browser sends it. @returns the cookies that it sets. @throws when it is not answered as a form that was taken is */
export async function postForm(url: string, fields: Record<string, string>): Promise<string[]> {
  const answer = await fetch(url, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', Origin: new URL(url).origin },
    body: new URLSearchParams(fields).toString(),
  });
  await answer.body?.cancel();
  expectThat(answer.status === 303, `/${new URL(url).pathname.split('/')[1]} answered ${answer.status}.`);
  return answer.headers.getSetCookie();
}
