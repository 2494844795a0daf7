import { useCallback, useEffect, useState } from 'react';

import { toApiError, type ApiError } from '../api/ApiError';
import { listChanges } from '../api/scenarios';
import type { Change } from '../types/scenario';

/** Changes of one page of the history. */
const PAGE = 50;

/** The whole history, page by page, below the changes that are there already. */
export interface OlderChanges {
  changes: Change[];
  loading: boolean;
  error?: ApiError;
  /** Loads the next page; absent where there is no more. */
  more?: () => void;
}

/** Continues latest (newest first) with older changes on request. */
export function useHistory(latest: readonly Change[]): OlderChanges {
  const [older, setOlder] = useState<Change[]>([]);
  const [ended, setEnded] = useState(latest.length < PAGE);
  const [from, setFrom] = useState<number>();
  const [error, setError] = useState<ApiError>();

  useEffect(() => {
    if (from === undefined) {
      return;
    }
    const controller = new AbortController();
    listChanges(PAGE, controller.signal, from).then(
      (page) => {
        if (!controller.signal.aborted) {
          setOlder((before) => [...before, ...page]);
          setEnded(page.length < PAGE);
          setError(undefined);
          setFrom(undefined);
        }
      },
      (thrown) => {
        if (!controller.signal.aborted) {
          setError(toApiError(thrown));
          setFrom(undefined);
        }
      }
    );
    return () => controller.abort();
  }, [from]);

  const oldestKnown = (older.at(-1) ?? latest.at(-1))?.version;
  const more = useCallback(() => setFrom(oldestKnown), [oldestKnown]);
  const seen = new Set(latest.map(({ version }) => version));
  return {
    changes: [...latest, ...older.filter(({ version }) => !seen.has(version))],
    loading: from !== undefined,
    error,
    more: ended || oldestKnown === undefined ? undefined : more,
  };
}
