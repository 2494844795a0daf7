import { css } from '@emotion/css';
import React, { useEffect, useId, useRef, useState, type ReactNode } from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';

import { MAX_FAULTS, type Fault } from '../../types/fault';
import { errorsOfFault } from '../../types/faultForm';
import type { FieldError } from '../../types/problem';
import { moved } from '../../types/ruleList';
import { testIds } from '../testIds';
import { AddFault } from './AddFault';
import { FaultRow } from './FaultRow';

interface Props {
  faults: readonly Fault[];
  /** By the names of the behavior's own fields: "faults[0].keep". */
  errors: readonly FieldError[];
  /** What there is to say about them as they are. */
  note?: ReactNode;
  onChange: (faults: Fault[]) => void;
}

/** The faults of a behavior in their order: added, edited in place, moved, duplicated, removed. */
export function Faults({ faults, errors, note, onChange }: Props) {
  const styles = useStyles2(getStyles);
  const list = useId();
  const [open, setOpen] = useState<number>();
  // Counts what moved faults to other places, so that none inherits what was typed into another.
  const [order, setOrder] = useState(0);
  const toggles = useRef<Array<HTMLButtonElement | null>>([]);
  const [focused, setFocused] = useState<{ index: number }>();
  useEffect(() => {
    if (focused) {
      toggles.current[focused.index]?.focus();
    }
  }, [focused]);

  const reorder = (next: Fault[], nowOpen: number | undefined) => {
    setOrder(order + 1);
    setOpen(nowOpen);
    onChange(next);
  };
  const move = (from: number, to: number) => {
    const indices = moved(
      faults.map((_, i) => i),
      from,
      to
    );
    reorder(moved(faults, from, to), open === undefined ? undefined : indices.indexOf(open));
    setFocused({ index: to });
  };
  const insert = (fault: Fault, at: number) => {
    reorder([...faults.slice(0, at), fault, ...faults.slice(at)], at);
    setFocused({ index: at });
  };
  const remove = (at: number) => {
    const others = open !== undefined && open !== at ? open - (open > at ? 1 : 0) : undefined;
    reorder(
      faults.filter((_, i) => i !== at),
      others
    );
    setFocused({ index: Math.min(at, faults.length - 2) });
  };
  const room = faults.length < MAX_FAULTS;
  const ofList = errors.find(({ field }) => field === 'faults')?.problem;

  return (
    <section className={styles.faults} aria-label="Faults" data-testid={testIds.faults.container}>
      <h6 className={styles.title}>Faults</h6>
      {faults.length === 0 ? (
        <div className={styles.weak}>Each does harm of one kind: to a share of the traffic, always or at times.</div>
      ) : (
        note && <div className={styles.weak}>{note}</div>
      )}
      {ofList && <div className={styles.problem}>{ofList}</div>}
      {faults.length > 0 && (
        <ol className={styles.list}>
          {faults.map((fault, i) => (
            <FaultRow
              key={`${order} ${i}`}
              fault={fault}
              index={i}
              count={faults.length}
              errors={errorsOfFault(errors, i)}
              open={open === i}
              dragType={`application/x-mockforge-fault${list.replace(/[^a-z0-9]/gi, '').toLowerCase()}`}
              toggleRef={(element) => {
                toggles.current[i] = element;
              }}
              onToggle={() => setOpen(open === i ? undefined : i)}
              onMove={move}
              onChange={(next) => onChange(faults.map((one, other) => (other === i ? next : one)))}
              onDuplicate={room ? () => insert({ ...fault }, i + 1) : undefined}
              onRemove={() => remove(i)}
            />
          ))}
        </ol>
      )}
      {room ? (
        <AddFault withPicks={faults.length === 0} onAdd={(fault) => insert(fault, faults.length)} />
      ) : (
        <div className={styles.weak}>{MAX_FAULTS} faults are the most that there can be.</div>
      )}
    </section>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  faults: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(1), minWidth: 0 }),
  title: css({ margin: 0 }),
  weak: css({ color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize }),
  problem: css({ color: theme.colors.error.text }),
  list: css({ listStyle: 'none', display: 'flex', flexDirection: 'column', gap: theme.spacing(0.75) }),
});
