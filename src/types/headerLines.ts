import type { Recording, Values } from './recording';

/** One header as it was sent. */
export interface HeaderLine {
  name: string;
  /** Bytes that are not UTF-8 are characters of ISO 8859-1 in it. */
  value: string;
  /** The bytes of a value that is not UTF-8, each in two hexadecimal digits. */
  bytes?: string[];
}

/** The headers of the request in the order, the case and the bytes in which they were sent. */
export function requestLines(recording: Recording): HeaderLine[] {
  const host = isHTTP1(recording) ? recording.host : undefined;
  return asSpoken(recording, arranged(recording.headers, recording.header_form, host));
}

/** The headers of the answer as the client got them. */
export function responseLines(recording: Recording): HeaderLine[] {
  return asSpoken(recording, arranged(recording.response_headers, recording.response_header_form));
}

/** HTTP/2 and later have names in lower case, and :authority for Host. */
function isHTTP1({ http_version: version }: Recording): boolean {
  return !/^(HTTP\/)?[2-9]/.test(version ?? '');
}

function asSpoken(recording: Recording, lines: HeaderLine[]): HeaderLine[] {
  return isHTTP1(recording) ? lines : lines.map((line) => ({ ...line, name: line.name.toLowerCase() }));
}

/** As arrange in pkg/recording: the n-th value of a name stands where the form has its n-th; others come behind, sorted. */
function arranged(values?: Values, form?: string, host?: string): HeaderLine[] {
  const left = new Map<string, { name: string; values: string[] }>();
  for (const [name, all] of Object.entries(values ?? {}).sort(([a], [b]) => compare(a, b))) {
    const known = left.get(name.toLowerCase());
    if (known) {
      known.values.push(...(all ?? []));
    } else {
      left.set(name.toLowerCase(), { name, values: [...(all ?? [])] });
    }
  }
  const lines: HeaderLine[] = [];
  let unplaced = left.has('host') ? undefined : host;
  if (!form && unplaced) {
    lines.push({ name: 'Host', value: unplaced });
  }
  for (const part of form ? form.split(' ') : []) {
    const [name, encoded] = part.split(':', 2);
    const value = left.get(name.toLowerCase())?.values.shift();
    if (value !== undefined) {
      lines.push({ name, value, ...bytesOf(value, encoded) });
    } else if (unplaced && name.toLowerCase() === 'host') {
      lines.push({ name, value: unplaced });
      unplaced = undefined;
    }
  }
  return lines.concat([...left.values()].flatMap(({ name, values }) => values.map((value) => ({ name, value }))));
}

/** Bytes count only where they are those of the value: it may have been masked since. */
function bytesOf(value: string, encoded?: string): Pick<HeaderLine, 'bytes'> {
  if (!encoded) {
    return {};
  }
  try {
    const bytes = Uint8Array.from(atob(encoded), (byte) => byte.charCodeAt(0));
    return asText(bytes) === value ? { bytes: [...bytes].map((byte) => byte.toString(16).padStart(2, '0')) } : {};
  } catch {
    return {};
  }
}

/** As AsText in pkg/recording: UTF-8, but that a byte which is not is the character that it is in ISO 8859-1. */
function asText(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const size = [1, 2, 3, 4].find((size) => isCharacter(bytes.subarray(at, at + size), size));
    text += size ? decode(bytes.subarray(at, at + size)) : String.fromCharCode(bytes[at]);
    at += size ?? 1;
  }
  return text.replaceAll('\0', '\u2400');
}

function isCharacter(bytes: Uint8Array, size: number): boolean {
  try {
    return bytes.length === size && [...decode(bytes)].length === 1;
  } catch {
    return false;
  }
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
