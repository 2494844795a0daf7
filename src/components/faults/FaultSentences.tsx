import { css } from '@emotion/css';
import React from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { Icon, useStyles2 } from '@grafana/ui';

import type { Fault } from '../../types/fault';
import { faultSentence } from '../../types/faultWords';
import { faultIcon } from './faultLook';

interface Props {
  faults: readonly Fault[];
}

/** Faults to be read: one sentence each. */
export function FaultSentences({ faults }: Props) {
  const styles = useStyles2(getStyles);
  return faults.length === 0 ? null : (
    <ol className={styles.list} aria-label="Faults">
      {faults.map((fault, i) => (
        <li key={i}>
          <Icon name={faultIcon(fault.kind)} size="sm" /> {faultSentence(fault)}
        </li>
      ))}
    </ol>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  list: css({ listStyle: 'none', color: theme.colors.text.secondary, overflowWrap: 'anywhere' }),
});
