import { css } from '@emotion/css';
import React from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { Badge, Icon, TextLink, useStyles2, useTheme2 } from '@grafana/ui';

import { PLUGIN_BASE_URL, ROUTES } from '../../constants';
import { useNow } from '../../hooks/useNow';
import type { Connection } from '../../hooks/useLiveTraffic';
import { summarize } from '../../types/behavior';
import { milliseconds, percent } from '../../types/figureWords';
import type { Behavior, Mode, Scenario } from '../../types/scenario';
import { count, small } from '../../types/sentence';
import { lookOf, modeColor } from '../modes/modeLook';
import { testIds } from '../testIds';

interface Props {
  /** Absent while it is loaded, or where it cannot be. */
  scenario?: Scenario;
  /** Whether it could not be loaded. */
  unknown: boolean;
  connection: Connection;
  /** Why the figures are missing, as the backend says it. */
  problem?: string;
  paused: boolean;
}

/** What is in force, and how the figures arrive. */
export function ScenarioStrip({ scenario, unknown, connection, problem, paused }: Props) {
  const styles = useStyles2(getStyles);
  const now = useNow();
  const expiresAt = scenario?.expires_at ? Date.parse(scenario.expires_at) : undefined;
  const mode = expiresAt !== undefined && expiresAt <= now ? 'healthy' : scenario?.mode;
  const rules = scenario?.rules?.length ?? 0;
  return (
    <div className={styles.strip} data-testid={testIds.live.scenario} data-mode={mode}>
      {mode && <ModeName mode={mode} />}
      {!mode && unknown && <span className={styles.weak}>The scenario is unknown</span>}
      <span className={styles.weak}>
        {[
          scenario && summary(scenario),
          scenario?.latency && `plus ${scenario.latency.min_ms} to ${scenario.latency.max_ms} ms`,
          rules > 0 && count(rules, 'rule'),
          scenario?.set_by && `set by ${scenario.set_by}`,
        ]
          .filter(Boolean)
          .join(', ')}
      </span>
      <TextLink href={`${PLUGIN_BASE_URL}/${ROUTES.controlCenter}`} variant="bodySmall">
        Switch
      </TextLink>
      <span
        className={styles.badge}
        data-testid={testIds.live.connection}
        data-connection={paused ? 'paused' : connection}
      >
        {paused ? (
          <Badge
            icon="pause"
            color="blue"
            text="Paused"
            tooltip="Figures keep arriving, and are shown when you resume"
          />
        ) : problem ? (
          <Badge icon="exclamation-triangle" color="orange" text="Figures are missing" tooltip={problem} />
        ) : (
          <ConnectionOf connection={connection} />
        )}
      </span>
    </div>
  );
}

function ModeName({ mode }: { mode: Mode }) {
  const theme = useTheme2();
  const styles = useStyles2(getStyles);
  const look = lookOf(mode);
  return (
    <>
      <Icon key={look.icon} name={look.icon} style={{ color: modeColor(theme, mode) }} />
      <span className={styles.mode} style={{ color: modeColor(theme, mode) }}>
        {look.label}
      </span>
    </>
  );
}

function ConnectionOf({ connection }: { connection: Connection }) {
  switch (connection) {
    case 'live':
      return <Badge icon="circle-mono" color="green" text="Live" tooltip="One update a second" />;
    case 'polling':
      return (
        <Badge
          icon="sync"
          color="orange"
          text="Reconnecting"
          tooltip="Grafana Live is not connected: the figures are asked for every five seconds meanwhile"
        />
      );
    case 'offline':
      return (
        <Badge
          icon="exclamation-triangle"
          color="red"
          text="Offline"
          tooltip="Neither stream nor backend can be reached"
        />
      );
    case 'connecting':
      return <Badge icon="sync" color="darkgrey" text="Connecting" />;
  }
}

function summary(behavior: Behavior): string {
  if (behavior.faults?.length) {
    return small(summarize(behavior));
  }
  switch (behavior.mode) {
    case 'healthy':
      return '';
    case 'degraded':
      return `${behavior.latency_multiplier ?? 2} times the latency`;
    case 'error':
      return `${percent(behavior.error_rate ?? 1)} errors`;
    case 'chaos':
      return [
        `${percent(behavior.error_rate ?? 0.1)} errors`,
        `${percent(behavior.timeout_rate ?? 0.05)} timeouts`,
        `${percent(behavior.spike_probability ?? 0.2)} spikes up to ${milliseconds(behavior.latency_max_ms ?? 5000)}`,
      ].join(', ');
  }
}

const getStyles = (theme: GrafanaTheme2) => ({
  strip: css({
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: theme.spacing(1),
    minHeight: 32,
    flex: '1 1 320px',
    minWidth: 0,
  }),
  mode: css({ fontWeight: theme.typography.fontWeightMedium }),
  weak: css({ color: theme.colors.text.secondary, fontVariantNumeric: 'tabular-nums' }),
  badge: css({ marginLeft: theme.spacing(1) }),
});
