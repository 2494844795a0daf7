import { useEffect } from 'react';

/** Calls run (memoize it) every ms milliseconds while the page is visible; 0 is never. */
export function useInterval(run: () => void, ms: number): void {
  useEffect(() => {
    if (ms <= 0) {
      return;
    }
    const timer = setInterval(() => {
      if (!document.hidden) {
        run();
      }
    }, ms);
    return () => clearInterval(timer);
  }, [run, ms]);
}
