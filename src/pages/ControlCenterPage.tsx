import { css } from '@emotion/css';
import React, { useMemo, useState } from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { PluginPage } from '@grafana/runtime';
import { Alert, Button, LoadingPlaceholder, useStyles2 } from '@grafana/ui';

import { canWrite } from '../api/user';
import { Fleet } from '../components/fleet/Fleet';
import { TrafficFlow } from '../components/flow/TrafficFlow';
import { Impact } from '../components/impact/Impact';
import { ModeCards } from '../components/modes/ModeCards';
import { LatencyOverride } from '../components/parameters/LatencyOverride';
import { ParametersPanel } from '../components/parameters/ParametersPanel';
import { SwitchOptions, isSeed, type Expiry } from '../components/parameters/SwitchOptions';
import { Presets } from '../components/presets/Presets';
import { Problem } from '../components/Problem';
import { Rules } from '../components/rules/Rules';
import { NoCollectors } from '../components/status/NoCollectors';
import { History } from '../components/status/History';
import { ReachAlert } from '../components/status/ReachAlert';
import { StatusBanner } from '../components/status/StatusBanner';
import { testIds } from '../components/testIds';
import { useControl } from '../hooks/useControl';
import { useDrafts } from '../hooks/useDrafts';
import { useLiveTraffic } from '../hooks/useLiveTraffic';
import { usePresetActions } from '../hooks/usePresetActions';
import { unharmedBuckets } from '../types/figures';
import { latest, namesOf } from '../types/liveTables';
import type { Behavior, ChangeOptions, Mode, Rule } from '../types/scenario';
import type { Point } from '../types/traffic';

/** Switches how traffic is treated, and shows at once what that does. */
export function ControlCenterPage() {
  return (
    // In Grafana the app's entry leads here, and its name would be that of the page.
    <PluginPage
      pageNav={{ text: 'Control center' }}
      subTitle="Switch how your APIs behave, and watch what it does to traffic."
    >
      <ControlCenter />
    </PluginPage>
  );
}

function ControlCenter() {
  const styles = useStyles2(getStyles);
  const traffic = useLiveTraffic();
  const control = useControl(traffic.update?.scenario_version);
  const { scenario, presets, changes, instances, chaos, pending, failure, reach } = control;
  const { drafts, edit, reset, applied } = useDrafts(scenario.data, chaos.data);
  // Parameters opened for a look, for as long as the mode stays what it was: after a switch, by whomever, those in force
  // are shown. Healthy has none, so that those of errors are there to be tuned.
  const [opened, setOpened] = useState<{ mode: Mode; during: Mode }>();
  const [expiry, setExpiry] = useState<Expiry>('15m');
  const [reason, setReason] = useState('');
  const [typedSeed, setTypedSeed] = useState<string>();
  const presetActions = usePresetActions(presets.reload);
  const writable = canWrite();
  const { points } = traffic;
  const baseline = useMemo(() => unharmedBuckets(points), [points]);
  const recent = useMemo(() => latest(points, RECENT_SECONDS), [points]);
  const rates = useMemo(() => gatewayRates(recent), [recent]);
  const suggestions = useMemo(
    () => ({
      gateways: [
        ...new Set([
          ...(instances.data ?? []).flatMap((one) => (one.gateways ?? []).map(({ name }) => name)),
          ...namesOf(recent, 'by_gateway'),
        ]),
      ],
      routes: [...new Set(recent.flatMap((point) => (point.by_route ?? []).map(({ route }) => route)))].sort(),
    }),
    [instances.data, recent]
  );

  if (!scenario.data) {
    return scenario.error ? (
      <>
        <Problem error={scenario.error} title="The scenario could not be loaded" onRetry={scenario.reload} />
        {writable && !scenario.error.notConfigured && (
          <Button
            variant="destructive"
            icon={pending === 'stop' ? 'spinner' : 'heart'}
            disabled={pending === 'stop'}
            onClick={() => control.stop()}
            data-testid={testIds.controlCenter.stop}
          >
            Return to healthy
          </Button>
        )}
        {failure && (
          <Alert severity="error" title="Nothing was stopped" data-testid={testIds.controlCenter.failure}>
            {failure.message}
          </Alert>
        )}
      </>
    ) : (
      <LoadingPlaceholder text="Loading the scenario" />
    );
  }
  const live = scenario.data;
  const inForce = live.mode === 'healthy' ? 'error' : live.mode;
  const selected = opened?.during === live.mode ? opened.mode : inForce;

  const seedInForce = live.seed === undefined ? '' : String(live.seed);
  const seed = typedSeed !== undefined && isSeed(typedSeed) ? typedSeed : seedInForce;
  const options = (): ChangeOptions => ({
    ...(reason.trim() && { reason: reason.trim() }),
    ...(expiry && { expires_in: expiry }),
  });
  const switchTo = async (behavior: Behavior) => {
    const change = seed === seedInForce ? behavior : { ...behavior, seed: seed === '' ? null : Number(seed) };
    const done = await control.setMode(change, behavior.mode === 'healthy' ? withoutExpiry(options()) : options());
    if (done) {
      applied(behavior.mode);
      setReason('');
      setTypedSeed(undefined);
    }
  };
  // Rules keep the expiry that is running: only what begins to harm gets one.
  const changeRules = (rules: readonly Rule[]) =>
    control.setRules(rules, live.expires_at ? withoutExpiry(options()) : options());
  const switchOptions = { expiry, reason, onExpiry: setExpiry, onReason: setReason };

  return (
    <div className={styles.page} data-testid={testIds.controlCenter.container}>
      <StatusBanner
        scenario={live}
        instances={instances.data}
        traffic={traffic}
        writable={writable}
        stopping={pending === 'stop'}
        onStop={() => control.stop(reason.trim() || undefined)}
      />
      {reach && <ReachAlert reach={reach} testId={testIds.controlCenter.reach} />}
      {scenario.error && (
        <Problem error={scenario.error} title="The scenario may be out of date" onRetry={scenario.reload} />
      )}
      {!writable && (
        <Alert severity="info" title="You can look, but not switch" data-testid={testIds.controlCenter.readOnly}>
          Changing the scenario needs the Editor or Admin role in this organization.
        </Alert>
      )}
      {failure && control.refused !== 'rules' && (
        <Alert
          severity="error"
          title="Nothing was changed"
          onRemove={control.dismissFailure}
          data-testid={testIds.controlCenter.failure}
        >
          {failure.message}
        </Alert>
      )}
      {instances.data && !instances.data.some((instance) => instance.live) && <NoCollectors />}
      <ModeCards
        active={live.mode}
        selected={selected}
        drafts={drafts}
        writable={writable}
        pending={pendingMode(pending)}
        onSwitch={(next) => switchTo(drafts[next])}
        onAdjust={(adjusted) => setOpened({ mode: adjusted, during: live.mode })}
      />
      <div className={styles.columns}>
        <div className={styles.controls}>
          <Presets
            presets={presets.data ?? []}
            scenario={live}
            actions={presetActions}
            suggestions={suggestions}
            baseline={baseline}
            active={live.preset}
            pending={pending?.startsWith('preset:') ? pending.slice('preset:'.length) : undefined}
            writable={writable}
            onApply={(name) => control.applyPreset(name, options())}
          />
          <ParametersPanel
            draft={drafts[selected]}
            inForce={selected === live.mode ? live : undefined}
            failure={failure}
            writable={writable}
            busy={pending === `mode:${selected}`}
            onChange={edit}
            onApply={() => switchTo(drafts[selected])}
            onReset={reset}
            onKeep={selected === 'chaos' && live.mode !== 'chaos' ? () => control.keepChaos(drafts.chaos) : undefined}
            latency={live.latency}
            baseline={baseline}
          />
          {writable && <SwitchOptions {...switchOptions} seed={typedSeed ?? seedInForce} onSeed={setTypedSeed} />}
          <LatencyOverride
            latency={live.latency}
            failure={control.refused === 'latency' ? failure : undefined}
            writable={writable}
            busy={pending === 'latency'}
            onApply={(latency) => control.setLatency(latency, latency ? options() : withoutExpiry(options()))}
          />
        </div>
        <div className={styles.effect}>
          <TrafficFlow
            points={points}
            mode={live.mode}
            rules={activeRules(live.rules)}
            faults={live.faults?.length ?? 0}
          />
          <Impact traffic={traffic} changes={changes.data ?? []} />
          <Rules
            scenario={live}
            suggestions={suggestions}
            baseline={baseline}
            failure={control.refused === 'rules' ? failure : undefined}
            writable={writable}
            busy={pending === 'rules'}
            options={<SwitchOptions title="With this change" {...switchOptions} />}
            onChange={changeRules}
            onDismissFailure={control.dismissFailure}
          />
        </div>
      </div>
      <div className={styles.pair}>
        {instances.error && !instances.data ? (
          <Problem error={instances.error} title="The collectors could not be loaded" onRetry={instances.reload} />
        ) : (
          <Fleet instances={instances.data ?? []} scenario={live} rates={rates} />
        )}
        {changes.error && !changes.data ? (
          <Problem error={changes.error} title="The history could not be loaded" onRetry={changes.reload} />
        ) : (
          <History changes={changes.data ?? []} />
        )}
      </div>
    </div>
  );
}

/** Seconds of traffic that names and rates of gateways are taken from. */
const RECENT_SECONDS = 30;

function activeRules(rules: readonly Rule[] = []): number {
  return rules.filter(({ disabled }) => !disabled).length;
}

function gatewayRates(points: readonly Point[]): Record<string, number> {
  return Object.fromEntries(
    namesOf(points, 'by_gateway').map((name) => [
      name,
      points.reduce((sum, point) => sum + (point.by_gateway?.[name] ?? 0), 0) / points.length,
    ])
  );
}

function withoutExpiry({ expires_in: _, ...options }: ChangeOptions): ChangeOptions {
  return options;
}

function pendingMode(pending?: string): Mode | undefined {
  switch (pending) {
    case 'mode:healthy':
    case 'stop':
      return 'healthy';
    case 'mode:degraded':
      return 'degraded';
    case 'mode:error':
      return 'error';
    case 'mode:chaos':
      return 'chaos';
    default:
      return undefined;
  }
}

const getStyles = (theme: GrafanaTheme2) => ({
  page: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(2) }),
  columns: css({
    display: 'grid',
    gridTemplateColumns: 'minmax(300px, 380px) minmax(0, 1fr)',
    gap: theme.spacing(2),
    alignItems: 'start',
    [theme.breakpoints.down('lg')]: { gridTemplateColumns: 'minmax(0, 1fr)' },
  }),
  controls: css({
    display: 'flex',
    flexDirection: 'column',
    gap: theme.spacing(2),
    minWidth: 0,
    // On narrow screens the effect comes right below the cards.
    [theme.breakpoints.down('lg')]: { order: 2 },
  }),
  pair: css({
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 420px), 1fr))',
    gap: theme.spacing(2),
    alignItems: 'start',
  }),
  effect: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(2), minWidth: 0 }),
});
