import { css } from '@emotion/css';
import React from 'react';
import { dateTimeFormat, type GrafanaTheme2 } from '@grafana/data';
import { Icon, useStyles2, useTheme2 } from '@grafana/ui';

import type { Change } from '../../types/scenario';
import { summarize } from '../../types/behavior';
import { lookOf, modeColor } from '../modes/modeLook';
import { Section } from '../Section';
import { testIds } from '../testIds';

/** The latest changes: who, when, what, why. */
export function History({ changes }: { changes: readonly Change[] }) {
  const theme = useTheme2();
  const styles = useStyles2(getStyles);
  return (
    <Section title="Latest changes" testId={testIds.controlCenter.history}>
      {changes.length === 0 && <div className={styles.weak}>Nothing was changed yet.</div>}
      <ol className={styles.list}>
        {changes.slice(0, 8).map((change) => (
          <li key={change.version} className={styles.change} title={summarize(change.scenario)}>
            <Icon
              name={lookOf(change.scenario.mode).icon}
              size="sm"
              style={{ color: modeColor(theme, change.scenario.mode) }}
            />
            <span className={styles.what}>
              {whatOf(change)}
              <span className={styles.weak}>
                {' '}
                by {change.by || 'the system'}
                {change.reason ? `: ${change.reason}` : ''}
              </span>
            </span>
            <time
              className={styles.weak}
              dateTime={change.at}
              title={dateTimeFormat(change.at, { format: 'YYYY-MM-DD HH:mm:ss' })}
            >
              {dateTimeFormat(change.at, { format: 'HH:mm:ss' })}
            </time>
          </li>
        ))}
      </ol>
    </Section>
  );
}

function whatOf({ action, scenario }: Change): string {
  const label = lookOf(scenario.mode).label;
  switch (action) {
    case 'mode':
    case 'chaos':
      return label;
    case 'preset':
      return `Preset ${scenario.preset || label.toLowerCase()}`;
    case 'latency':
      return scenario.latency
        ? `Latency ${scenario.latency.min_ms} to ${scenario.latency.max_ms} ms`
        : 'Latency removed';
    case 'rules':
      return scenario.rules?.length ? `Rules (${scenario.rules.length})` : 'Rules removed';
    case 'stop':
      return 'Returned to healthy';
    case 'expired':
      return 'Expired';
    default:
      return `${label} (${action})`;
  }
}

const getStyles = (theme: GrafanaTheme2) => ({
  list: css({ listStyle: 'none', display: 'flex', flexDirection: 'column', gap: theme.spacing(1) }),
  change: css({ display: 'flex', alignItems: 'baseline', gap: theme.spacing(1) }),
  what: css({ flex: 1, minWidth: 0, overflowWrap: 'anywhere' }),
  weak: css({ color: theme.colors.text.secondary, fontVariantNumeric: 'tabular-nums' }),
});
