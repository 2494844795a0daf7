/** Reads headers, one "Name: value" per line. Lines without a name are left out; a name without a value leaves that header out of the request. */
export function parseOverrides(text: string): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    const name = (colon < 0 ? line : line.slice(0, colon)).trim();
    if (name) {
      headers[name] = colon < 0 ? '' : line.slice(colon + 1).trim();
    }
  }
  return headers;
}
