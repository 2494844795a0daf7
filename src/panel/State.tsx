import { css } from '@emotion/css';
import React from 'react';
import { dateTimeFormat, type GrafanaTheme2 } from '@grafana/data';
import { Icon, Tooltip, useStyles2, useTheme2 } from '@grafana/ui';

import { lookOf, modeColor } from '../components/modes/modeLook';
import { countdown } from '../components/status/words';
import { testIds } from '../components/testIds';
import { useNow } from '../hooks/useNow';
import type { Scenario } from '../types/scenario';
import { count } from '../types/sentence';

interface Props {
  scenario: Scenario;
  details: boolean;
  /** Whether the last look failed, so that this may be old. */
  stale: boolean;
}

/** What is in force, for how much longer, since when and by whom. */
export function State({ scenario, details, stale }: Props) {
  const theme = useTheme2();
  const styles = useStyles2(getStyles);
  const now = useNow();
  const expiresAt = scenario.expires_at ? Date.parse(scenario.expires_at) : undefined;
  const expired = expiresAt !== undefined && expiresAt <= now;
  const mode = expired ? 'healthy' : scenario.mode;
  const look = lookOf(mode);
  const color = modeColor(theme, mode);
  const words = wordsOf(scenario, expired);

  return (
    <div
      className={styles.state}
      style={{ borderLeftColor: color }}
      title={details ? undefined : words.join('; ')}
      data-testid={testIds.panel.state}
      data-mode={mode}
    >
      <Icon name={look.icon} size="xl" style={{ color, flexShrink: 0 }} />
      <div className={styles.words} aria-live="polite">
        <div className={styles.title}>
          <span className={styles.mode}>{look.label}</span>
          {expiresAt !== undefined && !expired && (
            <span className={styles.countdown}>
              <Icon name="hourglass" size="sm" /> {countdown(expiresAt - now)}
            </span>
          )}
          {stale && (
            <Tooltip content="The scenario could not be read again; this may be old">
              <Icon name="exclamation-triangle" size="sm" />
            </Tooltip>
          )}
        </div>
        {details && <div className={styles.details}>{words.join('; ')}</div>}
      </div>
    </div>
  );
}

function wordsOf(scenario: Scenario, expired: boolean): string[] {
  if (expired) {
    return ['the scenario has expired'];
  }
  if (scenario.version === 0) {
    return ['by default'];
  }
  const sameDay = new Date(scenario.set_at).toDateString() === new Date().toDateString();
  const since = dateTimeFormat(scenario.set_at, { format: sameDay ? 'HH:mm' : 'MMM D, HH:mm' });
  const rules = scenario.rules?.length ?? 0;
  const faults = scenario.faults?.length ?? 0;
  return [
    `since ${since}${scenario.set_by ? ` by ${scenario.set_by}` : ''}`,
    scenario.preset && `preset ${scenario.preset}`,
    scenario.latency && `plus ${scenario.latency.min_ms} to ${scenario.latency.max_ms} ms`,
    faults > 0 && count(faults, 'fault'),
    rules > 0 && count(rules, 'rule'),
    scenario.reason,
  ].filter((word): word is string => Boolean(word));
}

const getStyles = (theme: GrafanaTheme2) => ({
  state: css({
    display: 'flex',
    alignItems: 'center',
    gap: theme.spacing(1),
    padding: theme.spacing(0.5, 1),
    borderLeft: '4px solid',
    minWidth: 0,
  }),
  words: css({ minWidth: 0, flex: 1 }),
  title: css({ display: 'flex', alignItems: 'center', columnGap: theme.spacing(1), flexWrap: 'wrap' }),
  mode: css({ ...theme.typography.h4, margin: 0 }),
  countdown: css({ fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' }),
  details: css({
    color: theme.colors.text.secondary,
    fontSize: theme.typography.bodySmall.fontSize,
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    display: '-webkit-box',
    WebkitLineClamp: 2,
    WebkitBoxOrient: 'vertical',
  }),
});
