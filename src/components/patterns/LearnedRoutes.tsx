import { css } from '@emotion/css';
import React from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { TextLink, useStyles2, useTheme2 } from '@grafana/ui';

import { PLUGIN_BASE_URL, ROUTES } from '../../constants';
import type { Count } from '../../types/recording';
import type { RangeText } from '../../types/timeRange';
import { testIds } from '../testIds';

interface Props {
  routes: readonly Count[];
  range: RangeText;
}

/** The path templates that the gateways learned or were told, with how often each was called. */
export function LearnedRoutes({ routes, range }: Props) {
  const theme = useTheme2();
  const styles = useStyles2(getStyles);
  const max = Math.max(1, ...routes.map(({ count }) => count));
  return (
    <ol className={styles.list} data-testid={testIds.patterns.routes}>
      {routes.map(({ value, count }) => (
        <li key={value} className={styles.route}>
          <span className={styles.bar} aria-hidden>
            <span
              style={{ width: `${(count / max) * 100}%`, background: theme.visualization.getColorByName('blue') }}
            />
          </span>
          <span className={styles.name} title={value}>
            <TextLink
              href={`${PLUGIN_BASE_URL}/${ROUTES.recordings}?${new URLSearchParams({ ...range, route: value }).toString()}`}
              color="primary"
              inline={false}
              variant="bodySmall"
            >
              {value || '(no route)'}
            </TextLink>
          </span>
          <span className={styles.count}>{count.toLocaleString()}</span>
        </li>
      ))}
    </ol>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  list: css({
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fill, minmax(min(100%, 320px), 1fr))',
    gap: theme.spacing(0.5, 3),
    listStyle: 'none',
    margin: 0,
  }),
  route: css({
    position: 'relative',
    display: 'flex',
    alignItems: 'center',
    gap: theme.spacing(1),
    minWidth: 0,
    padding: theme.spacing(0.5, 0),
  }),
  bar: css({
    position: 'absolute',
    left: 0,
    right: 0,
    bottom: 0,
    height: 2,
    background: theme.colors.background.secondary,
    '& > span': { display: 'block', height: '100%' },
  }),
  name: css({
    flex: 1,
    minWidth: 0,
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
    fontFamily: theme.typography.fontFamilyMonospace,
    '& > a': { display: 'inline' },
  }),
  count: css({ color: theme.colors.text.secondary, fontVariantNumeric: 'tabular-nums' }),
});
