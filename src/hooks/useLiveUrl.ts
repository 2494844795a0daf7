import { useSearchParams } from 'react-router-dom';

/** Minutes that the live page can look back. */
export const WINDOWS = [1, 5, 15] as const;

/** What of the live page is in its URL. */
export interface LiveUrl {
  minutes: number;
  /** Empty is all. */
  gateway: string;
  volumeBy: 'protocol' | 'gateway';
  set: (values: { minutes?: number; gateway?: string; by?: string }) => void;
}

export function useLiveUrl(): LiveUrl {
  const [search, setSearch] = useSearchParams();
  const minutes = Number(search.get('minutes'));
  return {
    minutes: WINDOWS.some((one) => one === minutes) ? minutes : 5,
    gateway: search.get('gateway') ?? '',
    volumeBy: search.get('by') === 'gateway' ? 'gateway' : 'protocol',
    set: (values) =>
      setSearch(
        (before) => {
          const next = new URLSearchParams(before);
          for (const [name, value] of Object.entries(values)) {
            if (value) {
              next.set(name, String(value));
            } else {
              next.delete(name);
            }
          }
          return next;
        },
        { replace: true }
      ),
  };
}
