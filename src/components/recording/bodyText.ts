import type { Body } from '../../types/recording';

/** Bytes of a binary body that are shown. */
const HEX_BYTES = 2048;

/** The body as JSON, undefined where it is none. */
export function jsonOf(body: Body): object | undefined {
  if (body.encoding !== 'utf8' || !/^\s*[[{]/.test(body.content)) {
    return undefined;
  }
  try {
    const parsed: unknown = JSON.parse(body.content);
    return typeof parsed === 'object' && parsed !== null ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** The body as it is, binary ones as a hex dump. */
export function rawOf(body: Body): string {
  if (body.encoding === 'utf8') {
    return body.content;
  }
  const bytes = atob(body.content);
  const lines: string[] = [];
  for (let i = 0; i < Math.min(bytes.length, HEX_BYTES); i += 16) {
    const chunk = bytes.slice(i, i + 16);
    const hex = Array.from(chunk, (char) => char.charCodeAt(0).toString(16).padStart(2, '0')).join(' ');
    const text = chunk.replace(/[^\x20-\x7e]/g, '.');
    lines.push(`${i.toString(16).padStart(6, '0')}  ${hex.padEnd(47)}  ${text}`);
  }
  if (bytes.length > HEX_BYTES) {
    lines.push(`… ${bytes.length - HEX_BYTES} more bytes`);
  }
  return lines.join('\n');
}
