import { css } from '@emotion/css';
import React from 'react';
import { dateTimeFormat, type GrafanaTheme2 } from '@grafana/data';
import { Badge, Button, Icon, Tooltip, useStyles2, useTheme2 } from '@grafana/ui';

import type { Connection, LiveTraffic } from '../../hooks/useLiveTraffic';
import { useNow } from '../../hooks/useNow';
import { faultSentence } from '../../types/faultWords';
import { isUnharmed, type Instance, type Scenario } from '../../types/scenario';
import { count, small } from '../../types/sentence';
import { lookOf, modeColor } from '../modes/modeLook';
import { testIds } from '../testIds';
import { Countdown } from './Countdown';
import { describeInstances } from './words';

interface Props {
  scenario: Scenario;
  instances?: readonly Instance[];
  traffic: LiveTraffic;
  writable: boolean;
  stopping: boolean;
  onStop: () => void;
}

/** What is in force, since when, by whom, for how long, on how many collectors; and the way back to healthy. */
export function StatusBanner({ scenario, instances, traffic, writable, stopping, onStop }: Props) {
  const theme = useTheme2();
  const styles = useStyles2(getStyles);
  const now = useNow();
  const expiresAt = scenario.expires_at ? Date.parse(scenario.expires_at) : undefined;
  const expired = expiresAt !== undefined && expiresAt <= now;
  const mode = expired ? 'healthy' : scenario.mode;
  const look = lookOf(mode);
  const color = modeColor(theme, mode);
  const harmless = expired || isUnharmed(scenario);

  return (
    <div
      className={styles.banner}
      style={{ borderLeftColor: color }}
      data-testid={testIds.controlCenter.status}
      data-mode={mode}
      data-version={scenario.version}
    >
      <Icon name={look.icon} size="xxl" style={{ color }} />
      <div className={styles.words} aria-live="polite">
        <div className={styles.title} data-testid={testIds.controlCenter.statusTitle}>
          {titleOf(scenario, look.label, expired)}
        </div>
        <div className={styles.details} data-testid={testIds.controlCenter.statusDetails}>
          {detailsOf(scenario, expired)}
        </div>
      </div>
      {expiresAt !== undefined && !expired && (
        <Countdown from={Date.parse(scenario.set_at)} to={expiresAt} now={now} color={color} />
      )}
      <div className={styles.right}>
        <div className={styles.stop} style={{ visibility: harmless ? 'hidden' : 'visible' }}>
          <Button
            variant="destructive"
            size="lg"
            icon={stopping ? 'spinner' : 'heart'}
            disabled={!writable || stopping}
            tooltip={writable ? 'Healthy mode, no rules, no added latency' : 'You need the Editor role'}
            onClick={onStop}
            data-testid={testIds.controlCenter.stop}
          >
            Return to healthy
          </Button>
        </div>
        <Instances scenario={scenario} instances={instances} traffic={traffic} />
        <ConnectionBadge connection={traffic.connection} problem={traffic.update?.error} />
      </div>
    </div>
  );
}

/** The reason that the backend gives a scenario that fell back to healthy. */
const EXPIRED = 'expired';

function titleOf(scenario: Scenario, label: string, expired: boolean): string {
  if (expired) {
    return 'Healthy: the scenario has expired';
  }
  if (scenario.version === 0) {
    return `${label} by default`;
  }
  if (scenario.reason === EXPIRED) {
    return `${label} since ${moment(scenario.set_at)}: the scenario has expired`;
  }
  const preset = scenario.preset ? ` (preset ${scenario.preset})` : '';
  const by = scenario.set_by ? ` by ${scenario.set_by}` : '';
  return `${label}${preset} since ${moment(scenario.set_at)}${by}`;
}

function detailsOf(scenario: Scenario, expired: boolean): string {
  if (scenario.version === 0) {
    return 'Nothing was ever switched here.';
  }
  const parts = [scenario.reason === EXPIRED ? scenario.set_by && `It was set by ${scenario.set_by}` : scenario.reason];
  if (!expired && scenario.latency) {
    parts.push(`plus ${scenario.latency.min_ms} to ${scenario.latency.max_ms} ms latency`);
  }
  const faults = scenario.faults ?? [];
  if (!expired && faults.length > 0) {
    parts.push(faults.length === 1 ? small(faultSentence(faults[0])) : count(faults.length, 'fault'));
  }
  const rules = scenario.rules?.length ?? 0;
  if (!expired && rules > 0) {
    parts.push(count(rules, 'rule'));
  }
  if (!expired && scenario.seed !== undefined) {
    parts.push(`seed ${scenario.seed}`);
  }
  return parts.filter(Boolean).join('; ');
}

function moment(time: string): string {
  const sameDay = new Date(time).toDateString() === new Date().toDateString();
  return dateTimeFormat(time, { format: sameDay ? 'HH:mm' : 'MMM D, HH:mm' });
}

function Instances({ scenario, instances, traffic }: Pick<Props, 'scenario' | 'instances' | 'traffic'>) {
  const live = (instances ?? []).filter((instance) => instance.live);
  const update = traffic.update?.scenario_version === scenario.version ? traffic.update : undefined;
  const total = update?.instances ?? live.length;
  const applied = update?.applied ?? live.filter((instance) => instance.applied_version >= scenario.version).length;
  const { text, color } = describeInstances(applied, total, scenario.version);
  const tooltip = live.length ? (
    <ul style={{ listStyle: 'none' }}>
      {live.map((instance) => (
        <li key={instance.id}>
          {instance.name}: version {instance.applied_version},{' '}
          {(instance.gateways ?? []).map((gateway) => gateway.name).join(', ') || 'no gateway'}
        </li>
      ))}
    </ul>
  ) : undefined;
  const badge = (
    <span data-testid={testIds.controlCenter.instances}>
      <Badge icon="sitemap" color={color} text={text} />
    </span>
  );
  return tooltip ? <Tooltip content={tooltip}>{badge}</Tooltip> : badge;
}

const connections: Record<Connection, { text: string; color: 'green' | 'orange' | 'red' | 'blue'; why: string }> = {
  live: { text: 'Live', color: 'green', why: 'New figures every second' },
  connecting: { text: 'Connecting', color: 'blue', why: 'Waiting for the live stream' },
  polling: {
    text: 'Every 5 s',
    color: 'orange',
    why: 'The live stream is not connected; figures are asked for instead',
  },
  offline: { text: 'No figures', color: 'red', why: 'Neither the live stream nor the figures can be reached' },
};

function ConnectionBadge({ connection, problem }: { connection: Connection; problem?: string }) {
  const { text, color, why } = connections[connection];
  return (
    <span data-testid={testIds.controlCenter.connection} data-connection={connection}>
      {problem ? (
        <Badge icon="exclamation-triangle" color="orange" text="Figures missing" tooltip={problem} />
      ) : (
        <Badge icon="rss" color={color} text={text} tooltip={why} />
      )}
    </span>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  banner: css({
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: theme.spacing(2),
    padding: theme.spacing(1.5, 2),
    background: theme.colors.background.secondary,
    borderLeft: '4px solid',
    borderRadius: theme.shape.radius.default,
    minHeight: 72,
    [theme.transitions.handleMotion('no-preference')]: {
      transition: theme.transitions.create('border-color'),
    },
  }),
  words: css({ flex: '1 1 260px', minWidth: 0 }),
  title: css({ ...theme.typography.h4, margin: 0 }),
  details: css({
    color: theme.colors.text.secondary,
    overflowWrap: 'anywhere',
    display: 'flex',
    flexWrap: 'wrap',
    columnGap: theme.spacing(1.5),
    minHeight: 22,
  }),
  // On a phone it has a line of its own, below what is always there.
  stop: css({ [theme.breakpoints.down('md')]: { order: 1, flexBasis: '100%' } }),
  right: css({ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: theme.spacing(1) }),
});
