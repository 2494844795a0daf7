import type { Filter, Page, Query, Recording, Stats } from '../types/recording';
import { call, resourceUrl } from './client';

/** One page of recordings, without the contents of their bodies. */
export async function queryRecordings(
  query: Query,
  signal?: AbortSignal
): Promise<{ recordings: Recording[]; next_cursor?: string }> {
  const page = await call<Page>('POST', 'recordings/query', { body: query, signal });
  return { ...page, recordings: page.recordings ?? [] };
}

/** One recording, whole. */
export function getRecording(id: string, signal?: AbortSignal): Promise<Recording> {
  return call('GET', `recordings/${encodeURIComponent(id)}`, { signal });
}

export function getStats(filter: Filter, signal?: AbortSignal): Promise<Stats> {
  return call('GET', 'recordings/stats', { params: { ...filter }, signal });
}

/** Replaces the tags that were put on a recording by hand, and returns those that it has then. */
export async function setTags(id: string, tags: string[]): Promise<string[]> {
  const answer = await call<{ tags: string[] | null }>('PUT', `recordings/${encodeURIComponent(id)}/tags`, {
    body: { tags },
  });
  return answer.tags ?? [];
}

/** A body of a recording: that of the request, of the response, or of a message by its place in the stream. */
export type BodyPart = 'request' | 'response' | `message:${number}`;

/** The address of what was kept of a body, as it is. */
export function bodyUrl(id: string, part: BodyPart): string {
  return resourceUrl(`recordings/${encodeURIComponent(id)}/body`, { part });
}
