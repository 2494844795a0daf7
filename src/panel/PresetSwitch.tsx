import { css, cx } from '@emotion/css';
import React from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { Icon, useStyles2, useTheme2 } from '@grafana/ui';

import { lookOf, modeColor } from '../components/modes/modeLook';
import { testIds } from '../components/testIds';
import { summarize } from '../types/behavior';
import type { Preset } from '../types/scenario';

interface Props {
  presets: readonly Preset[];
  active?: string;
  writable: boolean;
  pending?: string;
  onApply: (preset: Preset) => void;
}

/** The presets, as small as they go. */
export function PresetSwitch({ presets, active, writable, pending, onApply }: Props) {
  const theme = useTheme2();
  const styles = useStyles2(getStyles);
  if (presets.length === 0) {
    return null;
  }
  return (
    <div className={styles.presets} role="group" aria-label="Presets">
      {presets.map((preset) => {
        const color = modeColor(theme, preset.mode);
        return (
          <button
            key={preset.name}
            type="button"
            aria-pressed={preset.name === active}
            aria-disabled={!writable || pending !== undefined}
            className={cx(styles.preset, !writable && styles.readOnly)}
            style={preset.name === active ? { borderColor: color } : undefined}
            title={
              writable
                ? [preset.description, summarize(preset)].filter(Boolean).join('. ')
                : 'You need the Editor role to switch'
            }
            onClick={() => writable && pending === undefined && onApply(preset)}
            data-testid={testIds.panel.preset(preset.name)}
          >
            <Icon name={pending === preset.name ? 'spinner' : lookOf(preset.mode).icon} size="sm" style={{ color }} />
            {preset.name}
          </button>
        );
      })}
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  presets: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(0.5) }),
  preset: css({
    display: 'inline-flex',
    alignItems: 'center',
    gap: theme.spacing(0.5),
    padding: theme.spacing(0, 1),
    height: theme.spacing(3),
    fontSize: theme.typography.bodySmall.fontSize,
    color: theme.colors.text.primary,
    background: theme.colors.background.secondary,
    border: `1px solid ${theme.colors.border.weak}`,
    borderRadius: theme.shape.radius.pill,
    '&:hover': { background: theme.colors.action.hover },
    '&:focus-visible': { outline: `2px solid ${theme.colors.primary.main}`, outlineOffset: 1 },
  }),
  readOnly: css({ cursor: 'not-allowed', opacity: 0.7 }),
});
