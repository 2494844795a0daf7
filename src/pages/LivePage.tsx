import { css } from '@emotion/css';
import React, { useCallback, useEffect, useMemo, useState } from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { PluginPage } from '@grafana/runtime';
import { Button, Combobox, EmptyState, LoadingPlaceholder, RadioButtonGroup, useStyles2 } from '@grafana/ui';

import { getScenario, listChanges, listInstances } from '../api/scenarios';
import { ScenarioBadge } from '../components/page/ScenarioBadge';
import { LiveCharts } from '../components/live/LiveCharts';
import { InstancesTable } from '../components/live/InstancesTable';
import { LiveFigures } from '../components/live/LiveFigures';
import { PluginsTable } from '../components/live/PluginsTable';
import { RoutesTable } from '../components/live/RoutesTable';
import { ScenarioStrip } from '../components/live/ScenarioStrip';
import { Problem } from '../components/Problem';
import { Section } from '../components/Section';
import { NoCollectors } from '../components/status/NoCollectors';
import { testIds } from '../components/testIds';
import { useInterval } from '../hooks/useInterval';
import { useLiveTraffic } from '../hooks/useLiveTraffic';
import { WINDOWS, useLiveUrl } from '../hooks/useLiveUrl';
import { useLoad } from '../hooks/useLoad';
import { latest, namesOf, pluginsOf, routesOf } from '../types/liveTables';
import { spansOf } from '../types/modeHistory';
import type { Point } from '../types/traffic';

/** Milliseconds between two looks at the instances. */
const INSTANCES_INTERVAL = 5000;
/** Seconds that the tables look back, whatever the charts show: they are about now. */
const TABLE_SECONDS = 30;

/** What passes through the gateways right now. */
export function LivePage() {
  return (
    <PluginPage actions={<ScenarioBadge />} subTitle="What passes through the gateways of the fleet, second by second.">
      <Live />
    </PluginPage>
  );
}

function Live() {
  const styles = useStyles2(getStyles);
  const url = useLiveUrl();
  const traffic = useLiveTraffic(url.minutes * 60, url.gateway);
  const version = traffic.update?.scenario_version;
  const scenario = useLoad(getScenario);
  const instances = useLoad(listInstances);
  const changes = useLoad(loadChanges);
  const { reload: reloadScenario } = scenario;
  const { reload: reloadChanges } = changes;
  useInterval(instances.reload, INSTANCES_INTERVAL);
  useEffect(() => {
    if (version !== undefined) {
      reloadScenario();
      reloadChanges();
    }
  }, [version, reloadScenario, reloadChanges]);

  const [paused, setPaused] = useState<Point[]>();
  const points = paused ?? traffic.points;
  const togglePause = useCallback(() => setPaused((before) => (before ? undefined : traffic.points)), [traffic.points]);
  const spans = useMemo(() => spansOf(changes.data ?? []), [changes.data]);
  const recent = useMemo(() => latest(points, TABLE_SECONDS), [points]);
  const routes = useMemo(() => routesOf(recent), [recent]);
  const plugins = useMemo(() => pluginsOf(recent), [recent]);
  const gateways = useMemo(
    () =>
      [
        ...new Set([
          ...(instances.data ?? []).flatMap((one) => (one.live ? (one.gateways ?? []).map(({ name }) => name) : [])),
          ...(url.gateway ? [] : namesOf(points, 'by_gateway')),
          ...(url.gateway ? [url.gateway] : []),
        ]),
      ].sort(),
    [instances.data, points, url.gateway]
  );

  if (traffic.error && points.length === 0) {
    return (
      <div data-testid={testIds.live.error}>
        <Problem error={traffic.error} title="The traffic could not be loaded" />
      </div>
    );
  }
  const waiting = points.length === 0;
  const silent = !waiting && points.every((point) => point.requests_per_second === 0);

  return (
    <div className={styles.page} data-testid={testIds.live.container}>
      <div className={styles.toolbar}>
        <ScenarioStrip
          scenario={scenario.data}
          unknown={scenario.error !== undefined}
          connection={traffic.connection}
          problem={traffic.update?.error ?? (traffic.connection === 'offline' ? traffic.error?.message : undefined)}
          paused={paused !== undefined}
        />
        <div className={styles.controls}>
          <div data-testid={testIds.live.gateway}>
            <Combobox
              aria-label="Gateway"
              width={22}
              options={[
                { value: '', label: 'All gateways' },
                ...gateways.map((name) => ({ value: name, label: name })),
              ]}
              value={url.gateway}
              onChange={({ value }) => {
                setPaused(undefined);
                url.set({ gateway: value });
              }}
            />
          </div>
          <RadioButtonGroup
            aria-label="Window"
            options={WINDOWS.map((minutes) => ({ value: minutes as number, label: `${minutes} min` }))}
            value={url.minutes}
            onChange={(minutes) => {
              setPaused(undefined);
              url.set({ minutes });
            }}
          />
          <Button
            variant="secondary"
            icon={paused ? 'play' : 'pause'}
            onClick={togglePause}
            aria-pressed={paused !== undefined}
            data-testid={testIds.live.pause}
          >
            {paused ? 'Resume' : 'Pause'}
          </Button>
        </div>
      </div>
      {instances.data && !instances.data.some((instance) => instance.live) && <NoCollectors />}
      {waiting && <LoadingPlaceholder text="Loading the traffic" />}
      {silent && (
        <div data-testid={testIds.live.noTraffic}>
          <EmptyState variant="not-found" message={`No traffic in the last ${url.minutes} minutes`} hideImage>
            Send requests through {url.gateway ? `the gateway ${url.gateway}` : 'one of the gateways'}, and they show up
            here within a second.
          </EmptyState>
        </div>
      )}
      {!waiting && !silent && (
        <>
          <LiveFigures points={points} />
          <LiveCharts
            points={points}
            spans={spans}
            seconds={url.minutes * 60}
            volumeBy={url.volumeBy}
            onVolumeBy={(by) => url.set({ by: by === 'protocol' ? '' : by })}
          />
          <Section title={`Busiest routes, last ${TABLE_SECONDS} seconds`}>
            <RoutesTable routes={routes} showGateway={gateways.length > 1 && !url.gateway} />
          </Section>
        </>
      )}
      <div className={styles.tables}>
        <Section title="Plugins on the gateways">
          <PluginsTable plugins={plugins} />
        </Section>
        <Section title="Collectors">
          {instances.error && !instances.data ? (
            <Problem error={instances.error} title="The collectors could not be loaded" onRetry={instances.reload} />
          ) : (
            <InstancesTable instances={instances.data ?? []} version={scenario.data?.version} />
          )}
        </Section>
      </div>
    </div>
  );
}

const loadChanges = (signal: AbortSignal) => listChanges(50, signal);

const getStyles = (theme: GrafanaTheme2) => ({
  page: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(2) }),
  toolbar: css({ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: theme.spacing(1) }),
  controls: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(1) }),
  tables: css({
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 380px), 1fr))',
    gap: theme.spacing(2),
    alignItems: 'start',
  }),
});
