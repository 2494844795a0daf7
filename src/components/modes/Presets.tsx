import { css, cx } from '@emotion/css';
import React from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { Icon, Tooltip, useStyles2, useTheme2 } from '@grafana/ui';

import { summarize } from '../../types/behavior';
import type { Preset } from '../../types/scenario';
import { Section } from '../Section';
import { testIds } from '../testIds';
import { lookOf, modeColor } from './modeLook';

interface Props {
  presets: readonly Preset[];
  /** The one that was applied last. */
  active?: string;
  pending?: string;
  writable: boolean;
  onApply: (name: string) => void;
}

/** The presets, each applied with one click. */
export function Presets({ presets, active, pending, writable, onApply }: Props) {
  const theme = useTheme2();
  const styles = useStyles2(getStyles);
  return (
    <Section title="Presets" testId={testIds.controlCenter.presets}>
      {presets.length === 0 && <div className={styles.empty}>There are none yet.</div>}
      <div className={styles.list}>
        {presets.map((preset) => (
          <Tooltip key={preset.name} content={describe(preset)} placement="top">
            <button
              type="button"
              className={cx(styles.preset, !writable && styles.disabled)}
              style={preset.name === active ? { borderColor: modeColor(theme, preset.mode) } : undefined}
              aria-pressed={preset.name === active}
              aria-disabled={!writable}
              onClick={() => writable && onApply(preset.name)}
              data-testid={testIds.controlCenter.preset(preset.name)}
            >
              <Icon
                name={pending === preset.name ? 'spinner' : lookOf(preset.mode).icon}
                size="sm"
                style={{ color: modeColor(theme, preset.mode) }}
              />
              {preset.name}
            </button>
          </Tooltip>
        ))}
      </div>
    </Section>
  );
}

function describe(preset: Preset): string {
  const parts = [preset.description, summarize(preset)];
  if (preset.latency) {
    parts.push(`Added latency ${preset.latency.min_ms} to ${preset.latency.max_ms} ms`);
  }
  if (preset.rules?.length) {
    parts.push(preset.rules.length === 1 ? '1 rule' : `${preset.rules.length} rules`);
  }
  return parts.filter(Boolean).join('. ');
}

const getStyles = (theme: GrafanaTheme2) => ({
  empty: css({ color: theme.colors.text.secondary }),
  list: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(1) }),
  preset: css({
    display: 'inline-flex',
    alignItems: 'center',
    gap: theme.spacing(0.75),
    padding: theme.spacing(0.5, 1.25),
    color: theme.colors.text.primary,
    background: theme.colors.background.secondary,
    border: `1px solid ${theme.colors.border.weak}`,
    borderRadius: theme.shape.radius.pill,
    '&:hover': { background: theme.colors.action.hover },
    '&:focus-visible': { outline: `2px solid ${theme.colors.primary.main}`, outlineOffset: 2 },
  }),
  disabled: css({ cursor: 'not-allowed', opacity: 0.7 }),
});
