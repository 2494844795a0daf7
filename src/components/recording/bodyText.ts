import { isReadable } from '../../types/readable';
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

/** Whether the body is text that people can read. */
export function isText(body: Body): boolean {
  return body.encoding === 'utf8' && isReadable(body.content);
}

/** The body as it is, what cannot be read as a hex dump. */
export function readableOf(body: Body): string {
  return isText(body) ? body.content : hexOf(body);
}

/** The bytes of the body, sixteen in a line, with what is legible of them beside. */
export function hexOf(body: Body): string {
  const bytes = bytesOf(body, HEX_BYTES);
  const lines: string[] = [];
  for (let i = 0; i < bytes.shown.length; i += 16) {
    const chunk = Array.from(bytes.shown.subarray(i, i + 16));
    const hex = chunk.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const text = chunk.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
    lines.push(`${i.toString(16).padStart(6, '0')}  ${hex.padEnd(47)}  ${text}`);
  }
  if (bytes.more > 0) {
    lines.push(`… ${bytes.more} more bytes`);
  }
  return lines.join('\n');
}

function bytesOf(body: Body, limit: number): { shown: Uint8Array; more: number } {
  if (body.encoding === 'utf8') {
    const all = new TextEncoder().encode(body.content);
    return { shown: all.subarray(0, limit), more: Math.max(0, all.length - limit) };
  }
  const all = atob(body.content);
  return {
    shown: Uint8Array.from(all.slice(0, limit), (char) => char.charCodeAt(0)),
    more: Math.max(0, all.length - limit),
  };
}

// Pictures without scripts of their own. SVG is text, and may have some.
const imageTypes = ['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif', 'image/bmp', 'image/x-icon'];

/** The body as the address of an image, undefined where it is none that a browser shows, or not whole. */
export function imageOf(body: Body, contentType?: string): string | undefined {
  const type = contentType?.split(';')[0].trim().toLowerCase();
  if (!type || !imageTypes.includes(type) || body.encoding !== 'base64' || !body.content || body.truncated) {
    return undefined;
  }
  return `data:${type};base64,${body.content}`;
}
