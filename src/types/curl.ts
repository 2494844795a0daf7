import { type HeaderLine, requestLines } from './headerLines';
import type { Recording } from './recording';
import { pathAndQuery } from './target';

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

/** A curl command (for POSIX shells) that sends the request again. Masked values stay masked. */
export function toCurl(recording: Recording): string {
  const origin = `${recording.scheme || 'http'}://${recording.host || 'localhost'}`;
  const parts = [`curl -X ${quote(recording.method)} ${destination(origin, pathAndQuery(recording))}`];
  for (const line of requestLines(recording)) {
    if (!own.has(line.name.toLowerCase())) {
      parts.push(`-H ${header(line)}`);
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

/** The URL, with what keeps curl from making another one of it. */
function destination(origin: string, target: string): string {
  if (!target.startsWith('/') || /[#\u0080-\uffff]/.test(target)) {
    return `${quote(`${origin}/`)} --request-target ${quote(target)}`;
  }
  const asItIs = [
    /[[\]{}]/.test(target) ? '--globoff ' : '',
    /\/(\.|%2e){1,2}([/?]|$)/i.test(target) ? '--path-as-is ' : '',
  ];
  return asItIs.join('') + quote(origin + target);
}

/** Bytes that are not UTF-8 come from printf, since clipboards hold text only. */
function header({ name, value, bytes }: HeaderLine): string {
  if (!bytes) {
    return quote(`${name}: ${value}`);
  }
  const octal = bytes.map((byte) => `\\${parseInt(byte, 16).toString(8).padStart(3, '0')}`).join('');
  return `"$(printf '%s: ${octal}' ${quote(name)})"`;
}

function quote(text: string): string {
  return /^[A-Za-z0-9_\-.,:/@%+=]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
