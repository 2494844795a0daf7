import { useCallback, useEffect, useRef, useState } from 'react';

import { toApiError, type ApiError } from '../api/ApiError';
import { getStats, queryRecordings } from '../api/recordings';
import type { Filter, Stats } from '../types/recording';
import { appendPage, refreshFirstPage, type Listed } from '../types/recordingPages';

/** Recordings of one page. */
export const PAGE_SIZE = 100;

/** The recordings of a filter, with their figures. */
export interface Recordings {
  listed?: Listed;
  stats?: Stats;
  error?: ApiError;
  loading: boolean;
  loadingMore: boolean;
  loadMore: () => void;
  refresh: () => void;
}

interface State {
  listed?: Listed;
  stats?: Stats;
  error?: ApiError;
  /** What this answers; an older one is still shown while a new filter is asked for. */
  makeFilter?: () => Filter;
  attempt: number;
}

/**
 * Loads the first page and the figures of a filter, again on refresh. makeFilter (memoize it) is asked at each load, since
 * "the last hour" moves.
 */
export function useRecordings(makeFilter: () => Filter): Recordings {
  const [state, setState] = useState<State>({ attempt: 0 });
  const [attempt, setAttempt] = useState(0);
  const [loadingMore, setLoadingMore] = useState(false);
  // The next page must be of the very filter that the first was of: cursors mean nothing in another.
  const asked = useRef<Filter | undefined>(undefined);

  useEffect(() => {
    const controller = new AbortController();
    const filter = makeFilter();
    Promise.all([
      queryRecordings({ ...filter, limit: PAGE_SIZE }, controller.signal),
      getStats(filter, controller.signal),
    ]).then(
      ([page, stats]) => {
        if (controller.signal.aborted) {
          return;
        }
        asked.current = filter;
        const fresh: Listed = { recordings: page.recordings, nextCursor: page.next_cursor };
        setState((before) => ({
          listed: before.listed && before.makeFilter === makeFilter ? refreshFirstPage(before.listed, fresh) : fresh,
          stats,
          makeFilter,
          attempt,
        }));
      },
      (thrown) => {
        if (!controller.signal.aborted) {
          setState((before) => ({ ...before, error: toApiError(thrown), makeFilter, attempt }));
        }
      }
    );
    return () => controller.abort();
  }, [makeFilter, attempt]);

  const cursor = state.listed?.nextCursor;
  const loadMore = useCallback(() => {
    const filter = asked.current;
    if (!cursor || !filter) {
      return;
    }
    setLoadingMore(true);
    queryRecordings({ ...filter, limit: PAGE_SIZE, cursor })
      .then(
        (page) => {
          if (asked.current !== filter) {
            return;
          }
          setState((before) => ({
            ...before,
            error: undefined,
            listed:
              before.listed && appendPage(before.listed, { recordings: page.recordings, nextCursor: page.next_cursor }),
          }));
        },
        (thrown) => setState((before) => ({ ...before, error: toApiError(thrown) }))
      )
      .finally(() => setLoadingMore(false));
  }, [cursor]);

  const refresh = useCallback(() => setAttempt((before) => before + 1), []);

  return {
    listed: state.listed,
    stats: state.stats,
    error: state.error,
    loading: state.makeFilter !== makeFilter || state.attempt !== attempt,
    loadingMore,
    loadMore,
    refresh,
  };
}
