/** A user name or password of a URL as it was meant; as it stands there when it is no percent-encoding. */
export function decodedPart(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
