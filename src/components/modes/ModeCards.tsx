import { css, cx } from '@emotion/css';
import React, { useRef, type KeyboardEvent } from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { Icon, IconButton, useStyles2, useTheme2 } from '@grafana/ui';

import { summarize } from '../../types/behavior';
import { MODES, type Behavior, type Mode } from '../../types/scenario';
import { testIds } from '../testIds';
import { modeColor, modeLooks } from './modeLook';

interface Props {
  active: Mode;
  /** The mode whose parameters are open. */
  selected: Mode;
  /** The parameters with which each mode would be switched to. */
  drafts: Record<Mode, Behavior>;
  writable: boolean;
  pending?: Mode;
  /** Switches to a mode at once. */
  onSwitch: (mode: Mode) => void;
  /** Opens the parameters of a mode without switching to it. */
  onAdjust: (mode: Mode) => void;
}

/**
 * One card per mode. A radio group in which arrow keys only move: since a choice takes effect on live traffic, it takes
 * Enter, the space bar or a click.
 */
export function ModeCards({ active, selected, drafts, writable, pending, onSwitch, onAdjust }: Props) {
  const theme = useTheme2();
  const styles = useStyles2(getStyles);
  const cards = useRef<Partial<Record<Mode, HTMLButtonElement | null>>>({});

  const onKeyDown = (event: KeyboardEvent, mode: Mode) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step === undefined) {
      return;
    }
    event.preventDefault();
    const next = MODES[(MODES.indexOf(mode) + step + MODES.length) % MODES.length];
    cards.current[next]?.focus();
  };

  return (
    <div role="radiogroup" aria-label="Scenario mode" className={styles.grid} data-testid={testIds.controlCenter.modes}>
      {MODES.map((mode) => {
        const look = modeLooks[mode];
        const color = modeColor(theme, mode);
        const on = mode === active;
        return (
          <div key={mode} className={styles.cell}>
            <button
              type="button"
              role="radio"
              aria-checked={on}
              aria-disabled={!writable}
              tabIndex={on ? 0 : -1}
              ref={(element) => {
                cards.current[mode] = element;
              }}
              className={cx(styles.card, !writable && styles.disabled, selected === mode && styles.selected)}
              style={on ? { borderColor: color, boxShadow: `inset 0 4px 0 ${color}` } : undefined}
              title={writable ? undefined : 'You need the Editor role to switch'}
              onClick={() => writable && onSwitch(mode)}
              onKeyDown={(event) => onKeyDown(event, mode)}
              data-testid={testIds.controlCenter.mode(mode)}
            >
              <span className={styles.head}>
                <Icon name={pending === mode ? 'spinner' : look.icon} size="xl" style={{ color }} />
                <span className={styles.label}>{look.label}</span>
                <span className={styles.state} style={on ? { color } : undefined}>
                  {on ? 'in force' : ''}
                </span>
              </span>
              <span className={styles.description}>{look.description}</span>
              <span className={styles.summary}>{summarize(drafts[mode])}</span>
            </button>
            {mode !== 'healthy' && (
              <IconButton
                name="sliders-v-alt"
                className={styles.adjust}
                aria-label={`Parameters of ${look.label.toLowerCase()}`}
                tooltip={`Look at the parameters of ${look.label.toLowerCase()} without switching`}
                onClick={() => onAdjust(mode)}
                data-testid={testIds.controlCenter.adjustMode(mode)}
              />
            )}
          </div>
        );
      })}
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  grid: css({
    display: 'grid',
    gridTemplateColumns: 'repeat(4, minmax(0, 1fr))',
    gap: theme.spacing(1.5),
    [theme.breakpoints.down('lg')]: { gridTemplateColumns: 'repeat(2, minmax(0, 1fr))' },
    '@media (max-width: 420px)': { gridTemplateColumns: 'minmax(0, 1fr)' },
  }),
  cell: css({ position: 'relative', display: 'flex' }),
  card: css({
    flex: 1,
    minWidth: 0,
    display: 'flex',
    flexDirection: 'column',
    gap: theme.spacing(0.5),
    padding: theme.spacing(2),
    textAlign: 'left',
    color: theme.colors.text.primary,
    background: theme.colors.background.secondary,
    border: `1px solid ${theme.colors.border.weak}`,
    borderRadius: theme.shape.radius.default,
    '&:hover': { background: theme.colors.emphasize(theme.colors.background.secondary, 0.03) },
    '&:focus-visible': { outline: `2px solid ${theme.colors.primary.main}`, outlineOffset: 2 },
  }),
  selected: css({ borderColor: theme.colors.border.strong }),
  disabled: css({ cursor: 'not-allowed' }),
  head: css({ display: 'flex', alignItems: 'center', gap: theme.spacing(1) }),
  label: css({ ...theme.typography.h4, margin: 0 }),
  state: css({ fontSize: theme.typography.bodySmall.fontSize, fontWeight: theme.typography.fontWeightMedium }),
  description: css({ color: theme.colors.text.secondary }),
  summary: css({
    fontSize: theme.typography.bodySmall.fontSize,
    fontVariantNumeric: 'tabular-nums',
    minHeight: 18,
  }),
  adjust: css({ position: 'absolute', top: theme.spacing(2), right: theme.spacing(1.5), margin: 0 }),
});
