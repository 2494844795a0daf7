import { useCallback, useEffect, useRef, useState } from 'react';

import { toApiError, type ApiError } from '../api/ApiError';

/** What became of a call. Data of an earlier answer stays while it is asked again, so that nothing jumps. */
export interface Loaded<T> {
  data?: T;
  error?: ApiError;
  loading: boolean;
  reload: () => void;
  /** Puts an answer in place that came another way. */
  replace: (data: T) => void;
}

type Load<T> = (signal: AbortSignal) => Promise<T>;

interface Answer<T> {
  data?: T;
  error?: ApiError;
  /** The call that this answers. */
  load?: Load<T>;
  attempt: number;
}

/**
 * Calls load on mount and whenever its identity changes (memoize it), and aborts the call that is not wanted any more.
 */
export function useLoad<T>(load: Load<T>): Loaded<T> {
  const [answer, setAnswer] = useState<Answer<T>>({ attempt: 0 });
  const [attempt, setAttempt] = useState(0);
  const current = useRef<{ controller: AbortController; load: Load<T>; attempt: number } | undefined>(undefined);

  useEffect(() => {
    const controller = new AbortController();
    current.current = { controller, load, attempt };
    load(controller.signal).then(
      (data) => {
        if (!controller.signal.aborted) {
          setAnswer({ data, load, attempt });
        }
      },
      (thrown) => {
        if (!controller.signal.aborted) {
          setAnswer((before) => ({ data: before.data, error: toApiError(thrown), load, attempt }));
        }
      }
    );
    return () => controller.abort();
  }, [load, attempt]);

  const reload = useCallback(() => setAttempt((before) => before + 1), []);
  const replace = useCallback((data: T) => {
    const answered = current.current;
    answered?.controller.abort();
    setAnswer({ data, load: answered?.load, attempt: answered?.attempt ?? 0 });
  }, []);

  return {
    data: answer.data,
    error: answer.error,
    loading: answer.load !== load || answer.attempt !== attempt,
    reload,
    replace,
  };
}
