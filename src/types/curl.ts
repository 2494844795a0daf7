import type { Recording } from './recording';

// curl makes these itself, or they belong to the connection that was (RFC 9110 section 7.6.1).
const own = new Set([
  'host',
  'content-length',
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'accept-encoding',
]);

/** Whether this is one request with one answer, so that any HTTP client can send it and a mock can answer it. */
export function isPlainRequest(recording: Recording): boolean {
  return recording.protocol === 'http' || recording.protocol === 'graphql';
}

/** The path with its query, as it was asked for. */
export function pathAndQuery(recording: Recording): string {
  const query = new URLSearchParams();
  for (const [name, values] of Object.entries(recording.query_params ?? {})) {
    values?.forEach((value) => query.append(name, value));
  }
  const text = query.toString();
  return text ? `${recording.path}?${text}` : recording.path;
}

/** A curl command (for POSIX shells) that sends the request again. Masked values stay masked. */
export function toCurl(recording: Recording): string {
  const url = `${recording.scheme || 'http'}://${recording.host || 'localhost'}${pathAndQuery(recording)}`;
  const parts = [`curl -X ${quote(recording.method)} ${quote(url)}`];
  for (const [name, values] of Object.entries(recording.headers ?? {})) {
    if (!own.has(name.toLowerCase())) {
      values?.forEach((value) => parts.push(`-H ${quote(`${name}: ${value}`)}`));
    }
  }
  const { body } = recording;
  if (body.content && body.encoding === 'utf8') {
    parts.push(`--data-raw ${quote(body.content)}`);
  } else if (body.content) {
    return `echo ${quote(body.content)} | base64 -d | ${[...parts, '--data-binary @-'].join(' \\\n  ')}`;
  }
  return parts.join(' \\\n  ');
}

function quote(text: string): string {
  return /^[A-Za-z0-9_\-.,:/@%+=]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
