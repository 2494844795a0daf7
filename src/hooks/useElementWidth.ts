import { useCallback, useRef, useState } from 'react';

/** Gives the width of an element in pixels, followed as it changes. Put the returned ref on the element. */
export function useElementWidth(): [(element: HTMLElement | null) => void, number] {
  const [width, setWidth] = useState(0);
  const observer = useRef<ResizeObserver | undefined>(undefined);
  const ref = useCallback((element: HTMLElement | null) => {
    observer.current?.disconnect();
    observer.current = undefined;
    if (element) {
      setWidth(element.clientWidth);
      observer.current = new ResizeObserver(() => setWidth(element.clientWidth));
      observer.current.observe(element);
    }
  }, []);
  return [ref, width];
}
