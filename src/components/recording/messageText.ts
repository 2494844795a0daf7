import type { Body, Message } from '../../types/recording';
import { isText, readableOf } from './bodyText';

/** Whether a message is shown byte by byte. */
export function isDump({ kind, body }: Message): boolean {
  return !isText(body) && closeCode(kind, body) === undefined;
}

/** What a message says: its text, its bytes, or of a WebSocket's close its code and reason (RFC 6455 section 5.5.1). */
export function messageText({ kind, body }: Message): string {
  return closeCode(kind, body) ?? readableOf(body);
}

function closeCode(kind: string, body: Body): string | undefined {
  if (kind !== 'close' || body.encoding !== 'base64') {
    return undefined;
  }
  const bytes = Uint8Array.from(atob(body.content), (char) => char.charCodeAt(0));
  if (bytes.length < 2) {
    return undefined;
  }
  const reason = Array.from(bytes.slice(2), (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
  return `${bytes[0] * 256 + bytes[1]} ${decoded(reason)}`.trim();
}

function decoded(percents: string): string {
  try {
    return decodeURIComponent(percents);
  } catch {
    return ''; // not UTF-8, which a reason must be
  }
}
