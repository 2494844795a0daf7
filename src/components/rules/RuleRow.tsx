import { css, cx } from '@emotion/css';
import React, { useState, type DragEvent } from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { Icon, IconButton, Switch, useStyles2, useTheme2 } from '@grafana/ui';

import { ruleSentence } from '../../types/ruleWords';
import type { Rule } from '../../types/scenario';
import { lookOf, modeColor } from '../modes/modeLook';
import { testIds } from '../testIds';

interface Props {
  rule: Rule;
  index: number;
  count: number;
  writable: boolean;
  busy: boolean;
  onMove: (from: number, to: number) => void;
  onEnable: (enabled: boolean) => void;
  onEdit: () => void;
  onDuplicate: () => void;
  onRemove: () => void;
}

/** One rule as a stop on the way of the traffic: what it takes out, and what it does to that. */
export function RuleRow({ rule, index, count, writable, busy, onMove, ...on }: Props) {
  const theme = useTheme2();
  const styles = useStyles2(getStyles);
  const [over, setOver] = useState(false);
  const mode = rule.exclude ? 'healthy' : rule.mode;
  const color = rule.disabled ? theme.colors.text.disabled : modeColor(theme, mode);

  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const from = Number(event.dataTransfer.getData(DRAG_TYPE));
    if (event.dataTransfer.types.includes(DRAG_TYPE) && from !== index) {
      onMove(from, index);
    }
  };

  return (
    <li
      className={cx(styles.row, over && styles.over)}
      data-testid={testIds.rules.rule(rule.name)}
      onDragOver={(event) => {
        if (writable && event.dataTransfer.types.includes(DRAG_TYPE)) {
          event.preventDefault();
          setOver(true);
        }
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <span className={styles.stop} style={{ borderColor: color, color }}>
        <Icon name={rule.exclude ? 'shield' : lookOf(mode).icon} size="sm" />
      </span>
      <div
        className={cx(styles.card, rule.disabled && styles.off)}
        style={{ borderLeftColor: color }}
        draggable={writable}
        onDragStart={(event) => {
          event.dataTransfer.setData(DRAG_TYPE, String(index));
          event.dataTransfer.effectAllowed = 'move';
        }}
      >
        {writable && <Icon name="draggabledots" className={styles.handle} title="Drag to another place" />}
        <div className={styles.words}>
          <div className={styles.sentence}>{ruleSentence(rule)}</div>
          <div className={styles.name}>
            {rule.name}
            {rule.disabled && ' (off)'}
          </div>
        </div>
        {writable && (
          <div className={styles.actions}>
            <Switch
              value={!rule.disabled}
              disabled={busy}
              aria-label={`Rule ${rule.name} is on`}
              onChange={(event) => on.onEnable(event.currentTarget.checked)}
              data-testid={testIds.rules.enabled(rule.name)}
            />
            <IconButton
              name="arrow-up"
              tooltip={`Move rule ${rule.name} up`}
              disabled={busy || index === 0}
              onClick={() => onMove(index, index - 1)}
              data-testid={testIds.rules.up(rule.name)}
            />
            <IconButton
              name="arrow-down"
              tooltip={`Move rule ${rule.name} down`}
              disabled={busy || index === count - 1}
              onClick={() => onMove(index, index + 1)}
              data-testid={testIds.rules.down(rule.name)}
            />
            <IconButton
              name="pen"
              tooltip={`Edit rule ${rule.name}`}
              onClick={on.onEdit}
              data-testid={testIds.rules.edit(rule.name)}
            />
            <IconButton
              name="copy"
              tooltip={`Duplicate rule ${rule.name}`}
              onClick={on.onDuplicate}
              data-testid={testIds.rules.duplicate(rule.name)}
            />
            <IconButton
              name="trash-alt"
              tooltip={`Delete rule ${rule.name}`}
              disabled={busy}
              onClick={on.onRemove}
              data-testid={testIds.rules.remove(rule.name)}
            />
          </div>
        )}
      </div>
    </li>
  );
}

const DRAG_TYPE = 'application/x-mockforge-rule';

const getStyles = (theme: GrafanaTheme2) => ({
  row: css({
    position: 'relative',
    display: 'flex',
    alignItems: 'center',
    gap: theme.spacing(2),
    borderTop: '2px solid transparent',
  }),
  over: css({ borderTopColor: theme.colors.primary.main }),
  stop: css({
    display: 'flex',
    alignItems: 'center',
    justifyContent: 'center',
    width: 26,
    height: 26,
    flexShrink: 0,
    borderRadius: theme.shape.radius.circle,
    border: '2px solid',
    background: theme.colors.background.primary,
    zIndex: 1,
  }),
  card: css({
    flex: 1,
    minWidth: 0,
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: theme.spacing(1),
    padding: theme.spacing(0.75, 1.5),
    background: theme.colors.background.secondary,
    borderLeft: '3px solid',
    borderRadius: theme.shape.radius.default,
  }),
  off: css({ opacity: 0.65 }),
  handle: css({ cursor: 'grab', color: theme.colors.text.secondary }),
  words: css({ flex: '1 1 240px', minWidth: 0 }),
  sentence: css({ overflowWrap: 'anywhere' }),
  name: css({ color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize }),
  actions: css({ display: 'flex', alignItems: 'center', gap: theme.spacing(1), marginLeft: 'auto' }),
});
