/** The plain text of an e-mail as this app writes it: the `text/plain` part, decoded; the raw mail when it has none. */
export function plainTextOf(raw: string): string {
  const start = raw.search(/^content-type: text\/plain/im);
  const bodyAt = start < 0 ? -1 : raw.indexOf('\r\n\r\n', start);
  if (bodyAt < 0) return raw;
  const head = raw.slice(start, bodyAt);
  const end = raw.indexOf('\r\n--', bodyAt);
  const body = raw.slice(bodyAt + 4, end < 0 ? undefined : end);
  if (/content-transfer-encoding: base64/i.test(head)) return Buffer.from(body, 'base64').toString('utf8');
  if (!/content-transfer-encoding: quoted-printable/i.test(head)) return body;
  const bytes = body
    .replaceAll(/=\r\n/g, '')
    .replaceAll(/=([0-9A-F]{2})/gi, (_all, code: string) => String.fromCharCode(parseInt(code, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
