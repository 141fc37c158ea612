import type { ClientLoaderFunctionArgs } from '@remix-run/react';

type Data = Awaited<ReturnType<ClientLoaderFunctionArgs['serverLoader']>>;

/** A route's `clientLoader`: while the app does not answer the page stays as it was, marked "Not live", instead of turning into an error. */
export function keepLast() {
  // In the browser only: what this address showed last.
  let last: { url: string; data: Data } | undefined;
  async function clientLoader({ request, serverLoader }: ClientLoaderFunctionArgs) {
    try {
      const data = await serverLoader();
      last = { url: request.url, data };
      return data;
    } catch (error) {
      if (last?.url === request.url && !(error instanceof Response)) return last.data;
      throw error;
    }
  }
  clientLoader.hydrate = true;
  return clientLoader;
}
