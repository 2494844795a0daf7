import { css } from '@emotion/css';
import React, { useState } from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { PluginPage } from '@grafana/runtime';
import { Alert, LoadingPlaceholder, useStyles2 } from '@grafana/ui';

import { canWrite } from '../api/user';
import { Impact } from '../components/impact/Impact';
import { ModeCards } from '../components/modes/ModeCards';
import { Presets } from '../components/modes/Presets';
import { LatencyOverride } from '../components/parameters/LatencyOverride';
import { ParametersPanel } from '../components/parameters/ParametersPanel';
import { SwitchOptions, type Expiry } from '../components/parameters/SwitchOptions';
import { Problem } from '../components/Problem';
import { NoCollectors } from '../components/status/NoCollectors';
import { History } from '../components/status/History';
import { StatusBanner } from '../components/status/StatusBanner';
import { testIds } from '../components/testIds';
import { useControl } from '../hooks/useControl';
import { useDrafts } from '../hooks/useDrafts';
import { useLiveTraffic } from '../hooks/useLiveTraffic';
import type { Behavior, ChangeOptions, Mode } from '../types/scenario';

/** Switches how traffic is treated, and shows at once what that does. */
export function ControlCenterPage() {
  return (
    <PluginPage subTitle="Switch how your APIs behave, and watch what it does to traffic.">
      <ControlCenter />
    </PluginPage>
  );
}

function ControlCenter() {
  const styles = useStyles2(getStyles);
  const traffic = useLiveTraffic();
  const control = useControl(traffic.update?.scenario_version);
  const { scenario, presets, changes, instances, chaos, pending, failure } = control;
  const { drafts, edit, reset, applied } = useDrafts(scenario.data, chaos.data);
  // Parameters opened for a look, for as long as the mode stays what it was: after a switch, by whomever, those in force
  // are shown. Healthy has none, so that those of errors are there to be tuned.
  const [opened, setOpened] = useState<{ mode: Mode; during: Mode }>();
  const [expiry, setExpiry] = useState<Expiry>('15m');
  const [reason, setReason] = useState('');
  const writable = canWrite();

  if (!scenario.data) {
    return scenario.error ? (
      <Problem error={scenario.error} title="The scenario could not be loaded" onRetry={scenario.reload} />
    ) : (
      <LoadingPlaceholder text="Loading the scenario" />
    );
  }
  const live = scenario.data;
  const inForce = live.mode === 'healthy' ? 'error' : live.mode;
  const selected = opened?.during === live.mode ? opened.mode : inForce;

  const options = (): ChangeOptions => ({
    ...(reason.trim() && { reason: reason.trim() }),
    ...(expiry && { expires_in: expiry }),
  });
  const switchTo = async (behavior: Behavior) => {
    const done = await control.setMode(behavior, behavior.mode === 'healthy' ? withoutExpiry(options()) : options());
    if (done) {
      applied(behavior.mode);
      setReason('');
    }
  };

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
      {scenario.error && (
        <Problem error={scenario.error} title="The scenario may be out of date" onRetry={scenario.reload} />
      )}
      {!writable && (
        <Alert severity="info" title="You can look, but not switch" data-testid={testIds.controlCenter.readOnly}>
          Changing the scenario needs the Editor or Admin role in this organization.
        </Alert>
      )}
      {failure && (
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
          />
          {writable && <SwitchOptions expiry={expiry} reason={reason} onExpiry={setExpiry} onReason={setReason} />}
          <LatencyOverride
            latency={live.latency}
            failure={failure}
            writable={writable}
            busy={pending === 'latency'}
            onApply={(latency) => control.setLatency(latency, latency ? options() : withoutExpiry(options()))}
          />
        </div>
        <div className={styles.effect}>
          <Impact traffic={traffic} changes={changes.data ?? []} />
          <History changes={changes.data ?? []} />
        </div>
      </div>
    </div>
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
  effect: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(2), minWidth: 0 }),
});
