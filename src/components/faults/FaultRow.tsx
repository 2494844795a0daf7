import { css, cx } from '@emotion/css';
import React, { useId, useState, type DragEvent, type Ref } from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { Icon, IconButton, useStyles2, useTheme2 } from '@grafana/ui';

import type { Fault } from '../../types/fault';
import { faultSentence } from '../../types/faultWords';
import type { FieldError } from '../../types/problem';
import { testIds } from '../testIds';
import { FaultForm } from './FaultForm';
import { faultIcon } from './faultLook';

interface Props {
  fault: Fault;
  index: number;
  count: number;
  /** By the names of the fault's own fields. */
  errors: readonly FieldError[];
  open: boolean;
  /** Tells the faults of this list from those of others while they are dragged; lower case. */
  dragType: string;
  /** Of the button that opens it. */
  toggleRef: Ref<HTMLButtonElement>;
  onToggle: () => void;
  onMove: (from: number, to: number) => void;
  onChange: (fault: Fault) => void;
  /** Absent where there is no room for another one. */
  onDuplicate?: () => void;
  onRemove: () => void;
}

/** One fault in a sentence, with its form below while it is open. */
export function FaultRow({ fault, index, count, errors, open, dragType, toggleRef, ...on }: Props) {
  const theme = useTheme2();
  const styles = useStyles2(getStyles);
  const id = useId();
  const [over, setOver] = useState(false);
  const place = index + 1;

  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const from = Number(event.dataTransfer.getData(dragType));
    if (event.dataTransfer.types.includes(dragType) && from !== index) {
      on.onMove(from, index);
    }
  };

  return (
    <li
      className={cx(styles.row, over && styles.over, errors.length > 0 && styles.wrong)}
      data-testid={testIds.faults.fault(index)}
      onDragOver={(event) => {
        if (event.dataTransfer.types.includes(dragType)) {
          event.preventDefault();
          setOver(true);
        }
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <div
        className={styles.head}
        draggable
        onDragStart={(event) => {
          event.dataTransfer.setData(dragType, String(index));
          event.dataTransfer.effectAllowed = 'move';
        }}
      >
        <button
          type="button"
          ref={toggleRef}
          className={styles.sentence}
          aria-expanded={open}
          aria-controls={id}
          onClick={on.onToggle}
          data-testid={testIds.faults.toggle(index)}
        >
          <Icon
            name={faultIcon(fault.kind)}
            className={styles.icon}
            style={{ color: theme.visualization.getColorByName('purple') }}
          />
          <span className={styles.words}>
            {faultSentence(fault)}
            {errors.length > 0 && !open && (
              <span className={styles.problem}>
                {errors[0].field} {errors[0].problem}
              </span>
            )}
          </span>
          <Icon name={open ? 'angle-up' : 'angle-down'} className={styles.icon} />
        </button>
        <div className={styles.actions}>
          <IconButton
            name="arrow-up"
            size="sm"
            tooltip={`Move fault ${place} up`}
            disabled={index === 0}
            onClick={() => on.onMove(index, index - 1)}
            data-testid={testIds.faults.up(index)}
          />
          <IconButton
            name="arrow-down"
            size="sm"
            tooltip={`Move fault ${place} down`}
            disabled={index === count - 1}
            onClick={() => on.onMove(index, index + 1)}
            data-testid={testIds.faults.down(index)}
          />
          <IconButton
            name="copy"
            size="sm"
            tooltip={`Duplicate fault ${place}`}
            disabled={!on.onDuplicate}
            onClick={on.onDuplicate}
            data-testid={testIds.faults.duplicate(index)}
          />
          <IconButton
            name="trash-alt"
            size="sm"
            tooltip={`Remove fault ${place}`}
            onClick={on.onRemove}
            data-testid={testIds.faults.remove(index)}
          />
        </div>
      </div>
      {open && (
        <div id={id} className={styles.form}>
          <FaultForm fault={fault} errors={errors} onChange={on.onChange} />
        </div>
      )}
    </li>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  row: css({
    background: theme.colors.background.secondary,
    border: `1px solid ${theme.colors.border.weak}`,
    borderRadius: theme.shape.radius.default,
    minWidth: 0,
  }),
  over: css({ borderTopColor: theme.colors.primary.main }),
  wrong: css({ borderColor: theme.colors.error.border }),
  head: css({ display: 'flex', flexWrap: 'wrap', alignItems: 'center', columnGap: theme.spacing(1) }),
  sentence: css({
    flex: '1 1 200px',
    minWidth: 0,
    display: 'flex',
    alignItems: 'flex-start',
    gap: theme.spacing(1),
    padding: theme.spacing(0.75, 1),
    textAlign: 'left',
    color: theme.colors.text.primary,
    background: 'none',
    border: 'none',
    borderRadius: theme.shape.radius.default,
    '&:focus-visible': { outline: `2px solid ${theme.colors.primary.main}`, outlineOffset: -2 },
  }),
  icon: css({ flexShrink: 0, marginTop: 2 }),
  words: css({ flex: 1, minWidth: 0, overflowWrap: 'anywhere', display: 'flex', flexDirection: 'column' }),
  problem: css({ color: theme.colors.error.text, fontSize: theme.typography.bodySmall.fontSize }),
  actions: css({
    display: 'flex',
    alignItems: 'center',
    gap: theme.spacing(0.5),
    marginLeft: 'auto',
    padding: theme.spacing(0.25, 0.5),
  }),
  form: css({
    padding: theme.spacing(1, 1.5, 2),
    // Pills have the colour of the row.
    background: theme.colors.background.primary,
    borderTop: `1px solid ${theme.colors.border.weak}`,
  }),
});
