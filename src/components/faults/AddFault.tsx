import { css } from '@emotion/css';
import React, { useId, useState } from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { Button, Combobox, useStyles2, type ComboboxOption } from '@grafana/ui';

import type { Fault, FaultKind } from '../../types/fault';
import { newFault } from '../../types/faultForm';
import { FAULT_PICKS } from '../../types/faultPicks';
import { testIds } from '../testIds';
import { kindOptions } from './faultLook';

interface Props {
  /** Shows the starting points as buttons, too. */
  withPicks: boolean;
  onAdd: (fault: Fault) => void;
}

/** Tells a starting point from a kind. */
const PICK = 'pick:';

const options: Array<ComboboxOption<string>> = [
  ...FAULT_PICKS.map(({ label, description }) => ({
    value: PICK + label,
    label,
    description,
    group: 'Starting points',
  })),
  ...kindOptions,
];

/** Adds a fault: a starting point, or one of the kinds. */
export function AddFault({ withPicks, onAdd }: Props) {
  const styles = useStyles2(getStyles);
  const id = useId();
  // A new box each time: it would keep the name of what was added.
  const [added, setAdded] = useState(0);
  const add = (fault: Fault) => {
    setAdded(added + 1);
    onAdd(fault);
  };
  const choose = (value: string) => {
    const pick = FAULT_PICKS.find(({ label }) => PICK + label === value);
    add(pick ? pick.fault : newFault(value as FaultKind));
  };
  return (
    <>
      {withPicks && (
        <div className={styles.picks}>
          {FAULT_PICKS.map(({ label, description, fault }) => (
            <Button
              key={label}
              type="button"
              size="sm"
              variant="secondary"
              fill="outline"
              tooltip={description}
              onClick={() => add(fault)}
              data-testid={testIds.faults.pick(label)}
            >
              {label}
            </Button>
          ))}
        </div>
      )}
      <div data-testid={testIds.faults.add}>
        <Combobox
          key={added}
          aria-labelledby={id}
          options={options}
          value={null}
          placeholder="Add a fault"
          prefixIcon="plus"
          onChange={({ value }) => choose(value)}
        />
        <span id={id} className={styles.hidden}>
          Add a fault
        </span>
      </div>
    </>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  picks: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(0.5) }),
  hidden: css({ position: 'absolute', width: 1, height: 1, overflow: 'hidden', clipPath: 'inset(50%)' }),
});
