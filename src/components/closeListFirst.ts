import type { KeyboardEvent } from 'react';

/** Keeps Escape from closing the drawer around a list that is open: it closes the list, and the next one the drawer. */
export function closeListFirst(event: KeyboardEvent) {
  if (
    event.key === 'Escape' &&
    event.target instanceof HTMLElement &&
    event.target.getAttribute('aria-expanded') === 'true'
  ) {
    event.stopPropagation();
  }
}
