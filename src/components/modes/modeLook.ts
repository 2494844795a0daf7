import type { GrafanaTheme2, IconName } from '@grafana/data';

import type { Mode } from '../../types/scenario';

/** How a mode is shown everywhere: name, icon, colour, what it does. */
export interface ModeLook {
  label: string;
  icon: IconName;
  /** A name of theme.visualization. */
  color: 'green' | 'orange' | 'red' | 'purple';
  description: string;
}

export const modeLooks: Record<Mode, ModeLook> = {
  healthy: {
    label: 'Healthy',
    icon: 'heart',
    color: 'green',
    description: 'Everything passes as it is.',
  },
  degraded: {
    label: 'Degraded',
    icon: 'clock-nine',
    color: 'orange',
    description: 'Upstreams answer more slowly than they are.',
  },
  error: {
    label: 'Error',
    icon: 'exclamation-triangle',
    color: 'red',
    description: 'Requests are answered with errors.',
  },
  chaos: {
    label: 'Chaos',
    icon: 'bolt',
    color: 'purple',
    description: 'Errors, timeouts and latency spikes at random.',
  },
};

/** The look of any mode; one that is not known looks healthy under its own name. */
export function lookOf(mode: string): ModeLook {
  return mode in modeLooks ? modeLooks[mode as Mode] : { ...modeLooks.healthy, label: mode || 'Unknown' };
}

/** The colour of a mode in the theme. */
export function modeColor(theme: GrafanaTheme2, mode: string): string {
  return theme.visualization.getColorByName(lookOf(mode).color);
}
