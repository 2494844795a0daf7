/**
 * Whether people can read a text: one without the control characters that bytes which happen to be UTF-8 have, such as
 * messages in Protocol Buffers.
 */
export function isReadable(text: string): boolean {
  return !/[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]/.test(text);
}
