/** What a dashboard's author chooses. */
export interface PanelOptions {
  showPresets: boolean;
  /** The state alone, in small: for a row of panels. */
  compact: boolean;
  /** Ask before anything but the way back to healthy. */
  confirm: boolean;
  /** A Go duration after which a switch falls back to healthy; empty is never. */
  expiresIn: string;
}

export const EXPIRIES = [
  { value: '', label: 'Until it is switched back' },
  { value: '5m', label: '5 minutes' },
  { value: '15m', label: '15 minutes' },
  { value: '1h', label: '1 hour' },
  { value: '8h', label: '8 hours' },
];

/** How much fits into a panel. */
export interface Layout {
  /** Details besides the name of the mode. */
  details: boolean;
  /** The switch: none, icons alone, or with their names, in one row or in two. */
  modes: 'none' | 'icons' | 'two rows' | 'one row';
  presets: boolean;
}

/** What to show at a size in pixels. The state is always there. */
export function layoutOf(width: number, height: number, options: PanelOptions): Layout {
  if (options.compact) {
    return { details: width >= 220 && height >= 56, modes: 'none', presets: false };
  }
  const details = width >= 160 && height >= 120;
  const modes =
    height < 84 || width < 120
      ? 'none'
      : width >= 400
        ? 'one row'
        : width >= 200 && height >= 200
          ? 'two rows'
          : 'icons';
  return { details, modes, presets: options.showPresets && modes !== 'none' && width >= 220 && height >= 170 };
}
