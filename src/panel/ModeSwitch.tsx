import { css, cx } from '@emotion/css';
import React from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { Icon, useStyles2, useTheme2 } from '@grafana/ui';

import { modeColor, modeLooks } from '../components/modes/modeLook';
import { testIds } from '../components/testIds';
import { MODES, type Mode } from '../types/scenario';

interface Props {
  active: string;
  /** Whether nothing at all is done to traffic: healthy with rules is not. */
  unharmed: boolean;
  labels: boolean;
  columns: number;
  writable: boolean;
  pending?: string;
  onSwitch: (mode: Mode) => void;
}

/** One button per mode. Viewers see which one is in force. */
export function ModeSwitch({ active, unharmed, labels, columns, writable, pending, onSwitch }: Props) {
  const theme = useTheme2();
  const styles = useStyles2(getStyles);
  return (
    <div
      className={styles.modes}
      style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}
      role="group"
      aria-label="Scenario mode"
    >
      {MODES.map((mode) => {
        const look = modeLooks[mode];
        const on = mode === active && (mode !== 'healthy' || unharmed);
        const color = modeColor(theme, mode);
        return (
          <button
            key={mode}
            type="button"
            aria-pressed={on}
            aria-label={look.label}
            aria-disabled={!writable || pending !== undefined}
            className={cx(styles.mode, !writable && styles.readOnly)}
            style={on ? { borderColor: color, boxShadow: `inset 0 -3px 0 ${color}` } : undefined}
            title={writable ? `${look.label}: ${look.description}` : 'You need the Editor role to switch'}
            onClick={() => writable && pending === undefined && onSwitch(mode)}
            data-testid={testIds.panel.mode(mode)}
          >
            <Icon name={pending === mode ? 'spinner' : look.icon} style={{ color }} />
            {labels && <span>{look.label}</span>}
          </button>
        );
      })}
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  modes: css({ display: 'grid', gap: theme.spacing(0.5) }),
  mode: css({
    display: 'inline-flex',
    alignItems: 'center',
    justifyContent: 'center',
    gap: theme.spacing(0.75),
    minWidth: 0,
    height: theme.spacing(4),
    padding: theme.spacing(0, 0.5),
    color: theme.colors.text.primary,
    background: theme.colors.background.secondary,
    border: `1px solid ${theme.colors.border.weak}`,
    borderRadius: theme.shape.radius.default,
    overflow: 'hidden',
    whiteSpace: 'nowrap',
    '&:hover': { background: theme.colors.action.hover },
    '&:focus-visible': { outline: `2px solid ${theme.colors.primary.main}`, outlineOffset: 1 },
  }),
  readOnly: css({ cursor: 'not-allowed', opacity: 0.7 }),
});
