import type { BadgeColor } from '@grafana/ui';

import type { Outcome } from '../../types/recordingWords';

/** How outcomes are coloured: as a badge, and in drawings by a name of theme.visualization. */
export const outcomeLooks: Record<Outcome['kind'], { badge: BadgeColor; color: string; label: string }> = {
  ok: { badge: 'green', color: 'green', label: '2xx' },
  redirect: { badge: 'blue', color: 'blue', label: '3xx' },
  client: { badge: 'orange', color: 'orange', label: '4xx' },
  server: { badge: 'red', color: 'red', label: '5xx' },
  none: { badge: 'darkgrey', color: 'semi-dark-purple', label: 'no answer' },
};
