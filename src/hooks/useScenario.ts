import { useCallback, useEffect, useState } from 'react';

import { toApiError, type ApiError } from '../api/ApiError';
import * as scenarios from '../api/scenarios';
import { liveUpdates } from '../api/traffic';
import type { Behavior, ChangeOptions, Preset, Reach, Scenario } from '../types/scenario';
import { useInterval } from './useInterval';
import { useLoad, type Loaded } from './useLoad';
import { useReach } from './useReach';

/** Milliseconds between two looks at the scenario while Grafana Live is not connected. */
const POLL_INTERVAL = 5000;

/** The scenario and the switches of it, without the figures of traffic. */
export interface ScenarioSwitch {
  scenario: Loaded<Scenario>;
  presets: Loaded<Preset[]>;
  /** What is being changed right now, such as "mode:error". */
  pending?: string;
  /** Why the last change was refused. */
  failure?: ApiError;
  /** How far the last change has reached, where the fleet is not told of it yet. */
  reach?: Reach;
  dismissFailure: () => void;
  setMode: (behavior: Behavior, options?: ChangeOptions) => void;
  applyPreset: (name: string, options?: ChangeOptions) => void;
  stop: (reason?: string) => void;
}

/** Holds the scenario as it is in force, whoever changes it. */
export function useScenario(): ScenarioSwitch {
  const scenario = useLoad(scenarios.getScenario);
  const presets = useLoad(scenarios.listPresets);
  const [connected, setConnected] = useState(false);
  const [version, setVersion] = useState<number>();
  const [pending, setPending] = useState<string>();
  const [failure, setFailure] = useState<ApiError>();

  const known = scenario.data?.version;
  const { reach, answered } = useReach(known);
  const expiresAt = scenario.data?.expires_at;
  const { reload, replace } = scenario;
  const { reload: reloadPresets } = presets;

  useEffect(() => {
    const stream = liveUpdates().subscribe({
      next: (event) => {
        if ('update' in event) {
          setConnected(true);
          setVersion(event.update.scenario_version);
        } else {
          setConnected(event.connected);
        }
      },
      complete: () => setConnected(false),
    });
    return () => stream.unsubscribe();
  }, []);

  useEffect(() => {
    if (version !== undefined && known !== undefined && version !== known) {
      reload();
      reloadPresets();
    }
    // After a change of our own the stream is behind for a moment: what is known does not belong here.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [version, reload, reloadPresets]);

  useInterval(reload, connected ? 0 : POLL_INTERVAL);

  useEffect(() => {
    const left = expiresAt ? Date.parse(expiresAt) - Date.now() : NaN;
    // Timers hold 2^31 milliseconds; the page does not live that long.
    if (!(left > 0 && left < 2 ** 31)) {
      return;
    }
    const timer = setTimeout(reload, left + 500);
    return () => clearTimeout(timer);
  }, [expiresAt, reload]);

  const change = useCallback(
    async (what: string, run: () => Promise<Scenario>) => {
      setPending(what);
      setFailure(undefined);
      try {
        const changed = await run();
        replace(changed);
        answered(changed);
      } catch (thrown) {
        setFailure(toApiError(thrown));
        reload();
      } finally {
        setPending(undefined);
      }
    },
    [replace, answered, reload]
  );

  return {
    scenario,
    presets,
    pending,
    failure,
    reach,
    dismissFailure: useCallback(() => setFailure(undefined), []),
    setMode: useCallback(
      (behavior, options) => void change(`mode:${behavior.mode}`, () => scenarios.setMode(behavior, options)),
      [change]
    ),
    applyPreset: useCallback(
      (name, options) => void change(`preset:${name}`, () => scenarios.applyPreset(name, options)),
      [change]
    ),
    stop: useCallback((reason) => void change('mode:healthy', () => scenarios.stopScenario(reason)), [change]),
  };
}
