import { css, cx } from '@emotion/css';
import React from 'react';
import { dateTimeFormat, type GrafanaTheme2 } from '@grafana/data';
import { Badge, Icon, useStyles2 } from '@grafana/ui';

import { useNow } from '../../hooks/useNow';
import { milliseconds } from '../../types/figureWords';
import { ago } from '../../types/recordingWords';
import type { Instance, Scenario } from '../../types/scenario';
import { perSecond } from '../live/words';
import { Section } from '../Section';
import { testIds } from '../testIds';

interface Props {
  instances: readonly Instance[];
  scenario: Scenario;
  /** Requests per second of each gateway, over all instances that have it. */
  rates: Readonly<Record<string, number>>;
}

/** The collectors: which version of the scenario each of them serves since when, and its gateways. */
export function Fleet({ instances, scenario, rates }: Props) {
  const styles = useStyles2(getStyles);
  const now = useNow(1000);
  const live = instances.filter((instance) => instance.live);
  const applied = live.filter((instance) => instance.applied_version >= scenario.version);
  const ordered = [...live, ...instances.filter((instance) => !instance.live)];

  return (
    <Section title="Collectors" testId={testIds.controlCenter.fleet}>
      {live.length > 0 && (
        <div className={styles.progress}>
          <div className={styles.bar} aria-hidden>
            {live.map((instance) => (
              <i key={instance.id} className={applied.includes(instance) ? styles.done : styles.behind} />
            ))}
          </div>
          <span className={styles.weak}>
            {applied.length === live.length
              ? `All on version ${scenario.version}`
              : `${applied.length} of ${live.length} on version ${scenario.version}`}
          </span>
        </div>
      )}
      {instances.length === 0 && <div className={styles.weak}>No collector has registered yet.</div>}
      <ul className={styles.cards}>
        {ordered.map((instance) => (
          <li
            key={instance.id}
            className={cx(styles.card, !instance.live && styles.stale)}
            data-testid={testIds.controlCenter.instance(instance.name)}
            data-live={instance.live}
          >
            <div className={styles.head}>
              <Icon name="cube" />
              <span className={styles.name} title={[instance.id, instance.build].filter(Boolean).join(', ')}>
                {instance.name}
              </span>
              <Version instance={instance} scenario={scenario} />
            </div>
            <div className={styles.weak} title={dateTimeFormat(instance.last_seen_at)}>
              {instance.live
                ? `Up for ${since(instance.started_at, now)}${delay(instance, scenario)}`
                : `Not seen for ${since(instance.last_seen_at, now)}: stopped, or cut off from where it stores`}
            </div>
            <ul className={styles.gateways}>
              {(instance.gateways ?? []).map((gateway) => (
                <li key={gateway.name}>
                  <span className={styles.gateway}>{gateway.name}</span>
                  <code>{gateway.endpoint}</code>
                  <Icon name="arrow-right" size="sm" />
                  <code>{gateway.upstream}</code>
                  {instance.live && rates[gateway.name] !== undefined && live.length === 1 && (
                    <span className={styles.weak}>{perSecond(rates[gateway.name])}</span>
                  )}
                </li>
              ))}
              {(instance.gateways ?? []).length === 0 && (
                <li className={styles.weak}>No gateway: a middleware of other receivers and exporters</li>
              )}
            </ul>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Version({ instance, scenario }: { instance: Instance; scenario: Scenario }) {
  if (!instance.live) {
    return (
      <Badge
        color="darkgrey"
        icon="exclamation-circle"
        text="stale"
        tooltip={`Last on version ${instance.applied_version}`}
      />
    );
  }
  const behind = instance.applied_version < scenario.version;
  return (
    <Badge
      color={behind ? 'orange' : 'green'}
      icon={behind ? 'sync' : 'check'}
      text={`version ${instance.applied_version}`}
      tooltip={behind ? `Version ${scenario.version} is not there yet` : 'Serves what is in force'}
    />
  );
}

/** How soon after the change the instance served it, where it is still that change; expiries need no message. */
function delay(instance: Instance, scenario: Scenario): string {
  if (
    !instance.applied_at ||
    instance.applied_version !== scenario.version ||
    scenario.version === 0 ||
    scenario.reason === 'expired'
  ) {
    return '';
  }
  const ms = Date.parse(instance.applied_at) - Date.parse(scenario.set_at);
  // Started later, it took up what was there; and clocks of machines differ.
  return ms >= 0 && ms < 60_000 ? `, switched after ${milliseconds(ms)}` : '';
}

function since(time: string, now: number): string {
  return ago(time, now).replace(/ ago$/, '').replace('now', 'a moment');
}

const getStyles = (theme: GrafanaTheme2) => ({
  progress: css({ display: 'flex', alignItems: 'center', gap: theme.spacing(1.5) }),
  bar: css({
    display: 'flex',
    flex: 1,
    gap: 2,
    height: 6,
    '& i': {
      flex: 1,
      borderRadius: 3,
      [theme.transitions.handleMotion('no-preference')]: { transition: theme.transitions.create('background') },
    },
  }),
  done: css({ background: theme.colors.success.main }),
  behind: css({ background: theme.colors.warning.main }),
  weak: css({ color: theme.colors.text.secondary, fontVariantNumeric: 'tabular-nums' }),
  cards: css({
    listStyle: 'none',
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fill, minmax(min(100%, 320px), 1fr))',
    gap: theme.spacing(1),
  }),
  card: css({
    minWidth: 0,
    padding: theme.spacing(1, 1.5),
    background: theme.colors.background.secondary,
    borderRadius: theme.shape.radius.default,
    overflowWrap: 'anywhere',
  }),
  stale: css({ opacity: 0.65 }),
  head: css({ display: 'flex', alignItems: 'center', gap: theme.spacing(1) }),
  name: css({ flex: 1, minWidth: 0, fontWeight: theme.typography.fontWeightMedium }),
  gateways: css({
    listStyle: 'none',
    marginTop: theme.spacing(0.5),
    '& li': { display: 'flex', flexWrap: 'wrap', alignItems: 'center', columnGap: theme.spacing(0.75) },
    '& code': { whiteSpace: 'normal', fontSize: theme.typography.bodySmall.fontSize },
  }),
  gateway: css({ fontWeight: theme.typography.fontWeightMedium }),
});
