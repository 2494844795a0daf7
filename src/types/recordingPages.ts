import type { Recording } from './recording';

/** The recordings that are shown, newest first, and where the next page begins. */
export interface Listed {
  recordings: Recording[];
  nextCursor?: string;
}

/** Adds the next page at the end. */
export function appendPage(listed: Listed, page: Listed): Listed {
  const known = new Set(listed.recordings.map((recording) => recording.id));
  return {
    recordings: [...listed.recordings, ...page.recordings.filter((recording) => !known.has(recording.id))],
    nextCursor: page.nextCursor,
  };
}

/**
 * Puts a fresh first page before what is shown, so that a refresh keeps the older pages. Where more than a page is new,
 * there is a gap between both: then only the fresh page is shown.
 */
export function refreshFirstPage(listed: Listed, fresh: Listed): Listed {
  const at = new Map(listed.recordings.map((recording, i) => [recording.id, i]));
  const last = fresh.recordings.at(-1);
  const overlap = last && at.get(last.id);
  if (overlap === undefined) {
    return fresh;
  }
  const older = listed.recordings.slice(overlap + 1);
  return older.length === 0 ? fresh : { recordings: [...fresh.recordings, ...older], nextCursor: listed.nextCursor };
}
