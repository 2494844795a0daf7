import { css } from '@emotion/css';
import React from 'react';
import { dateTimeFormat, type GrafanaTheme2 } from '@grafana/data';
import { Icon, useStyles2, useTheme2 } from '@grafana/ui';

import { differences } from '../../types/scenarioDiff';
import type { Change } from '../../types/scenario';
import { lookOf, modeColor } from '../modes/modeLook';
import { testIds } from '../testIds';
import { whatOf } from './changeWords';

interface Props {
  change: Change;
  /** The change before it; absent for the first one ever, or where it is not loaded. */
  previous?: Change;
  /** Shows the differences to the change before. */
  withDiff: boolean;
}

/** Who changed what, when and why; and what is different since. */
export function ChangeEntry({ change, previous, withDiff }: Props) {
  const theme = useTheme2();
  const styles = useStyles2(getStyles);
  const { scenario } = change;
  const sameDay = new Date(change.at).toDateString() === new Date().toDateString();
  return (
    <li className={styles.change} data-testid={testIds.controlCenter.change}>
      <Icon
        name={lookOf(scenario.mode).icon}
        size="sm"
        style={{ color: modeColor(theme, scenario.mode), marginTop: 3 }}
      />
      <div className={styles.body}>
        <div>
          <span className={styles.what}>{whatOf(change)}</span>{' '}
          <span className={styles.weak}>
            {change.action === 'expired' ? 'set by' : 'by'} {change.by || 'the system'}
            {change.reason && change.action !== 'expired' ? `: ${change.reason}` : ''}
          </span>
        </div>
        {withDiff && <Diff change={change} previous={previous} />}
      </div>
      <time
        className={styles.time}
        dateTime={change.at}
        title={`${dateTimeFormat(change.at, { format: 'YYYY-MM-DD HH:mm:ss' })}, version ${change.version}`}
      >
        {dateTimeFormat(change.at, { format: sameDay ? 'HH:mm:ss' : 'MMM D, HH:mm' })}
      </time>
    </li>
  );
}

function Diff({ change, previous }: { change: Change; previous?: Change }) {
  const styles = useStyles2(getStyles);
  const found = differences(previous?.scenario ?? { mode: 'healthy' }, change.scenario);
  return (
    <ul className={styles.diff} data-testid={testIds.controlCenter.changeDiff}>
      {found.length === 0 && <li className={styles.weak}>No difference to version {change.version - 1}</li>}
      {found.map(({ what, before, after }, i) => (
        <li key={i}>
          <span className={styles.weak}>{what}: </span>
          {before !== undefined && <del className={styles.removed}>{before}</del>}
          {before !== undefined && after !== undefined && <Icon name="arrow-right" size="sm" />}
          {after !== undefined && <ins className={styles.added}>{after}</ins>}
        </li>
      ))}
      {change.scenario.expires_at && (
        <li className={styles.weak}>
          Until {dateTimeFormat(change.scenario.expires_at, { format: 'YYYY-MM-DD HH:mm:ss' })}
        </li>
      )}
    </ul>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  change: css({ display: 'flex', alignItems: 'flex-start', gap: theme.spacing(1) }),
  body: css({ flex: 1, minWidth: 0, overflowWrap: 'anywhere' }),
  what: css({ fontWeight: theme.typography.fontWeightMedium }),
  weak: css({ color: theme.colors.text.secondary }),
  time: css({ color: theme.colors.text.secondary, fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' }),
  diff: css({
    listStyle: 'none',
    marginTop: theme.spacing(0.25),
    fontSize: theme.typography.bodySmall.fontSize,
    '& li': { display: 'flex', flexWrap: 'wrap', alignItems: 'center', columnGap: theme.spacing(0.75) },
  }),
  removed: css({ color: theme.colors.error.text }),
  added: css({ color: theme.colors.success.text, textDecoration: 'none' }),
});
