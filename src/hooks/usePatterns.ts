import { useCallback, useEffect, useState } from 'react';

import { toApiError, type ApiError } from '../api/ApiError';
import { detectPatterns, getPatterns } from '../api/patterns';
import type { Pattern, PatternReport } from '../types/pattern';
import type { Filter } from '../types/recording';

/** The patterns of a filter, and what is being done about them. */
export interface Patterns {
  report?: PatternReport & { patterns: Pattern[] };
  error?: ApiError;
  loading: boolean;
  /** Whether recordings are being analysed, rather than earlier findings read. */
  analysing: boolean;
  /** Analyses the recordings of the filter anew, or reads again where the user may not. */
  analyse: () => void;
}

interface State {
  report?: PatternReport & { patterns: Pattern[] };
  error?: ApiError;
  makeFilter?: () => Filter;
  attempt: number;
}

/**
 * Reads what was found before in the time of the filter, and analyses its recordings then where the user may. makeFilter
 * (memoize it) is asked at each load, since "the last hour" moves.
 */
export function usePatterns(makeFilter: () => Filter, mayAnalyse: boolean): Patterns {
  const [state, setState] = useState<State>({ attempt: 0 });
  const [attempt, setAttempt] = useState(0);
  const [analysing, setAnalysing] = useState(false);

  useEffect(() => {
    const controller = new AbortController();
    const load = async () => {
      const filter = makeFilter();
      if (!mayAnalyse) {
        return getPatterns(filter, controller.signal);
      }
      if (attempt === 0) {
        // What was found before is there at once, while the analysis takes its seconds.
        const stored = await getPatterns(filter, controller.signal);
        if (stored.patterns.length > 0 && !controller.signal.aborted) {
          setState({ report: stored, attempt });
        }
      }
      if (!controller.signal.aborted) {
        setAnalysing(true);
      }
      return detectPatterns(filter, controller.signal);
    };
    load()
      .then(
        (report) => !controller.signal.aborted && setState({ report, makeFilter, attempt }),
        (thrown) =>
          !controller.signal.aborted &&
          setState((before) => ({ report: before.report, error: toApiError(thrown), makeFilter, attempt }))
      )
      .finally(() => !controller.signal.aborted && setAnalysing(false));
    return () => {
      controller.abort();
      setAnalysing(false);
    };
  }, [makeFilter, mayAnalyse, attempt]);

  const analyse = useCallback(() => setAttempt((before) => before + 1), []);
  return {
    report: state.report,
    error: state.error,
    loading: state.makeFilter !== makeFilter || state.attempt !== attempt,
    analysing,
    analyse,
  };
}
