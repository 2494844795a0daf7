import type { Recording } from './recording';

const BYTES = 'base64:';

/**
 * The path with its query, as it was asked for. What is not text of it is percent-encoded. Recordings of earlier versions have
 * what was parsed of it only.
 */
export function pathAndQuery(recording: Recording): string {
  const { target } = recording;
  if (target?.startsWith(BYTES)) {
    return Array.from(atob(target.slice(BYTES.length)), (byte) =>
      byte > ' ' && byte < '\x7f' ? byte : `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
    ).join('');
  }
  if (target) {
    return target;
  }
  const query = new URLSearchParams();
  for (const [name, values] of Object.entries(recording.query_params ?? {})) {
    values?.forEach((value) => query.append(name, value));
  }
  const text = query.toString();
  return text ? `${recording.path}?${text}` : recording.path;
}

/** The target as it was sent where its path alone does not tell it. */
export function targetBesidesPath(recording: Recording): string | undefined {
  return recording.target && recording.target !== recording.path ? pathAndQuery(recording) : undefined;
}
