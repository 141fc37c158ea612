/** Where to sign in, to come back afterwards to the page that was asked for. */
export function signInPath(request: { url: string }): string {
  const { pathname, search } = new URL(request.url);
  const wish = pathname + search;
  return wish === '/' ? '/sign-in' : `/sign-in?${new URLSearchParams({ returnTo: wish }).toString()}`;
}
