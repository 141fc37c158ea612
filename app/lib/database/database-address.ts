/** What `postgresql://user:password@one:5432,two:5432/name?parameters` is made of; ports may be left out, as libpq has it. */
const SEVERAL = /^(postgres(?:ql)?:\/\/(?:[^/?]*@)?)([^/?@]*,[^/?@]*)([/?].*)?$/;
/** `postgresql://user:password@/name?host=/run/postgresql`: the server is behind a socket in that folder. */
const NOWHERE = /^(postgres(?:ql)?:\/\/(?:[^/?]*@)?)(\/[^?]*)?\?(.+)$/;
/** Said to libpq about several servers; the one that takes writes is found by the watch. */
const ABOUT_SERVERS = ['target_session_attrs', 'load_balance_hosts'];

/**
 * The servers of an address as libpq understands it (PostgreSQL's documentation, "Specifying Multiple Hosts"): the driver
 * knows one a connection.
 * @returns a connection string a server, in order; null when the address is malformed
 */
export function serversOf(given: string): string[] | null {
  const address = withSocket(given);
  const parts = SEVERAL.exec(address);
  if (!parts) return isAddress(address) ? [alone(address)] : null;
  const [, before = '', hosts = '', after = ''] = parts;
  const servers = hosts.split(',').map((host) => before + host + after);
  return hosts.split(',').every(Boolean) && servers.every(isAddress) ? servers.map(alone) : null;
}

/** The same address with another database's name. */
export function withDatabase(address: string, name: string): string {
  const [head = '', query] = address.split('?', 2);
  const withoutName = head.replace(/^(\w+:\/\/[^/]*).*$/, '$1');
  return `${withoutName}/${encodeURIComponent(name)}${query === undefined ? '' : `?${query}`}`;
}

/** The folder of a socket where URLs have their host, as libpq takes it too: without one it would be no URL. */
function withSocket(address: string): string {
  const [, before, path = '', query] = NOWHERE.exec(address) ?? [];
  const parameters = new URLSearchParams(query);
  const folder = parameters.get('host');
  if (before === undefined || !folder?.startsWith('/')) return address;
  const port = parameters.get('port');
  for (const name of ['host', 'port']) parameters.delete(name);
  const rest = parameters.size > 0 ? `?${parameters.toString()}` : '';
  return before + encodeURIComponent(folder) + (port ? `:${port}` : '') + path + rest;
}

function isAddress(text: string): boolean {
  return URL.canParse(text) && /^postgres(ql)?:$/.test(new URL(text).protocol);
}

function alone(address: string): string {
  const url = new URL(address);
  if (!ABOUT_SERVERS.some((name) => url.searchParams.has(name))) return address;
  for (const name of ABOUT_SERVERS) url.searchParams.delete(name);
  return url.href;
}
