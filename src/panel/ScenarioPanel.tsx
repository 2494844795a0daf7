import { css, cx } from '@emotion/css';
import React, { useState } from 'react';
import { type GrafanaTheme2, type PanelProps } from '@grafana/data';
import { Alert, ConfirmModal, Icon, LinkButton, LoadingPlaceholder, useStyles2 } from '@grafana/ui';

import { canConfigure, canWrite } from '../api/user';
import { modeLooks } from '../components/modes/modeLook';
import { ReachAlert } from '../components/status/ReachAlert';
import { testIds } from '../components/testIds';
import { CONFIGURATION_URL, PLUGIN_BASE_URL, ROUTES } from '../constants';
import { useScenario } from '../hooks/useScenario';
import { summarize } from '../types/behavior';
import { isUnharmed, type Behavior, type Mode, type Preset } from '../types/scenario';
import type { ApiError } from '../api/ApiError';
import { ModeSwitch } from './ModeSwitch';
import { PresetSwitch } from './PresetSwitch';
import { State } from './State';
import { layoutOf, type PanelOptions } from './options';

/** What was clicked, until it is confirmed. */
type Choice = { behavior: Behavior } | { preset: Preset };

/** The scenario that is in force, and for editors a switch of it. */
export function ScenarioPanel({ options, width, height }: PanelProps<PanelOptions>) {
  const styles = useStyles2(getStyles);
  const { scenario, presets, pending, failure, reach, dismissFailure, setMode, applyPreset, stop } = useScenario();
  const [choice, setChoice] = useState<Choice>();
  const writable = canWrite();
  const layout = layoutOf(width, height, options);
  const lasts = options.expiresIn ? { expires_in: options.expiresIn } : {};

  if (!scenario.data) {
    return (
      <div className={cx(styles.panel, styles.centered)} data-testid={testIds.panel.container}>
        {scenario.error ? <Missing error={scenario.error} /> : <LoadingPlaceholder text="Loading" />}
      </div>
    );
  }

  const run = (chosen: Choice) => {
    if ('preset' in chosen) {
      applyPreset(chosen.preset.name, lasts);
    } else {
      setMode(chosen.behavior, lasts);
    }
  };
  const choose = (chosen: Choice) => (options.confirm ? setChoice(chosen) : run(chosen));
  const onMode = (mode: Mode) => {
    if (mode === 'healthy') {
      // The way back is free of questions, and takes rules and latency along.
      stop('dashboard');
    } else {
      choose({ behavior: { mode } });
    }
  };

  return (
    <div className={styles.panel} data-testid={testIds.panel.container}>
      <State scenario={scenario.data} details={layout.details} stale={Boolean(scenario.error)} />
      {reach && <ReachAlert reach={reach} testId={testIds.panel.reach} bottomSpacing={0} />}
      {failure && (
        <div data-testid={testIds.panel.failure}>
          <Alert severity="error" title={failure.message} onRemove={dismissFailure} bottomSpacing={0} />
        </div>
      )}
      {layout.modes !== 'none' && (
        <ModeSwitch
          active={scenario.data.mode}
          unharmed={isUnharmed(scenario.data)}
          labels={layout.modes !== 'icons'}
          columns={layout.modes === 'two rows' ? 2 : 4}
          writable={writable}
          pending={pending?.startsWith('mode:') ? pending.slice('mode:'.length) : undefined}
          onSwitch={onMode}
        />
      )}
      {layout.presets && (
        <PresetSwitch
          presets={presets.data ?? []}
          active={scenario.data.preset}
          writable={writable}
          pending={pending?.startsWith('preset:') ? pending.slice('preset:'.length) : undefined}
          onApply={(preset) => choose({ preset })}
        />
      )}
      {layout.presets && height >= 230 && (
        <div className={styles.foot}>
          <LinkButton size="sm" fill="text" href={`${PLUGIN_BASE_URL}/${ROUTES.controlCenter}`}>
            Control center
          </LinkButton>
        </div>
      )}
      {choice && (
        <ConfirmModal
          isOpen
          title={'preset' in choice ? `Apply preset ${choice.preset.name}?` : `Switch to ${choice.behavior.mode}?`}
          body={describe(choice)}
          description={
            options.expiresIn
              ? `It falls back to healthy after ${options.expiresIn}.`
              : 'It stays until it is switched back.'
          }
          confirmText={'preset' in choice ? 'Apply' : 'Switch'}
          onConfirm={() => {
            setChoice(undefined);
            run(choice);
          }}
          onDismiss={() => setChoice(undefined)}
        />
      )}
    </div>
  );
}

function describe(choice: Choice): string {
  if ('preset' in choice) {
    return [choice.preset.description, summarize(choice.preset)].filter(Boolean).join('. ');
  }
  return `${modeLooks[choice.behavior.mode].description} This is live traffic.`;
}

/** Why there is no scenario to show, and what to do about it. */
function Missing({ error }: { error: ApiError }) {
  if (error.notConfigured || error.status === 404) {
    return (
      <div data-testid={testIds.problem.notConfigured}>
        <Icon name="plug" /> {error.notConfigured ? 'The app is not configured yet.' : 'The app is not enabled.'}{' '}
        {canConfigure() && (
          <LinkButton size="sm" fill="text" href={CONFIGURATION_URL}>
            Configure
          </LinkButton>
        )}
      </div>
    );
  }
  return (
    <div data-testid={testIds.problem.failed} title={error.message}>
      <Icon name="exclamation-triangle" /> {error.message}
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  panel: css({
    height: '100%',
    display: 'flex',
    flexDirection: 'column',
    gap: theme.spacing(1),
    padding: theme.spacing(1),
    overflow: 'auto',
  }),
  centered: css({ alignItems: 'center', justifyContent: 'center', textAlign: 'center' }),
  foot: css({ marginTop: 'auto', display: 'flex', justifyContent: 'flex-end' }),
});
