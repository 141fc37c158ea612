/** Names of an action's notice in the URL; they do not belong to what is looked at. */
const NOTICE = ['notice', 'n', 'replay', 'inReplay'];

/**
 * Address of the page of deliveries with some parameters changed and the others kept.
 * @param changes null takes a parameter out
 */
export function pageUrl(
  params: URLSearchParams,
  changes: Record<string, string | number | null>,
  hash = '',
): string {
  const next = new URLSearchParams(params);
  for (const name of NOTICE) next.delete(name);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) next.delete(name);
    else next.set(name, String(value));
  }
  const query = next.toString();
  return `/delivery${query && `?${query}`}${hash && `#${hash}`}`;
}

/** Parameters of the dead letter list's filter, as selection.ts reads them, which is not for the browser: it brings zod. */
export const FILTER_PARAMS = [
  'event',
  'error',
  'status',
  'cause',
  'conversation',
  'since',
  'until',
  'text',
] as const;

/** Takes every filter out and starts at the first page. */
export const NO_FILTER: Record<string, null> = Object.fromEntries(
  [...FILTER_PARAMS, 'page'].map((name) => [name, null]),
);

/** The parts of the URL that say which dead letters match, as fields of a form. */
export function filterFields(params: URLSearchParams): Record<string, string> {
  return Object.fromEntries(
    FILTER_PARAMS.flatMap((name) => {
      const value = params.get(name)?.trim();
      return value ? [[name, value]] : [];
    }),
  );
}
