import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'react-router-dom';

import { parseFilter, writeFilter, type FilterState } from '../types/recordingFilter';
import { parseRange, type RangeText } from '../types/timeRange';

/** What of the recordings page is in its URL, so that a link shows the same. */
export interface RecordingsUrl {
  range: RangeText;
  filter: FilterState;
  /** Interval of the automatic refresh, such as "10s"; empty is off. */
  refresh: string;
  /** Whether new recordings are shown as they come. */
  tail: boolean;
  /** The recording that is open. */
  id?: string;
  setRange: (range: RangeText) => void;
  setFilter: (filter: FilterState) => void;
  setRefresh: (interval: string) => void;
  setTail: (tail: boolean) => void;
  open: (id?: string) => void;
}

export function useRecordingsUrl(): RecordingsUrl {
  const [search, setSearch] = useSearchParams();
  // Identities follow the text of their own part only, so that opening a recording does not load the list again.
  const rangeKey = `${search.get('from')}|${search.get('to')}`;
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const range = useMemo(() => parseRange(search), [rangeKey]);
  const filterKey = writeFilter(new URLSearchParams(), parseFilter(search)).toString();
  const filter = useMemo(() => parseFilter(new URLSearchParams(filterKey)), [filterKey]);

  const set = useCallback(
    (params: Record<string, string | undefined>) =>
      setSearch(
        (before) => {
          const next = new URLSearchParams(before);
          for (const [name, value] of Object.entries(params)) {
            if (value) {
              next.set(name, value);
            } else {
              next.delete(name);
            }
          }
          return next;
        },
        { replace: !('id' in params) }
      ),
    [setSearch]
  );

  return {
    range,
    filter,
    refresh: search.get('refresh') ?? '',
    tail: search.get('tail') === 'true',
    id: search.get('id') ?? undefined,
    setRange: ({ from, to }) => set({ from, to }),
    setFilter: (next) => setSearch((before) => writeFilter(before, next), { replace: true }),
    setRefresh: (refresh) => set({ refresh }),
    // What comes is at the end of now: a range that ends earlier would stay empty.
    setTail: (tail) =>
      set(tail ? { tail: 'true', ...(range.to !== 'now' && { from: 'now-15m', to: 'now' }) } : { tail: '' }),
    open: (id) => set({ id }),
  };
}
