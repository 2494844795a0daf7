import type { Filter, Page, Query, Recording, Stats } from '../types/recording';
import { call } from './client';

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
