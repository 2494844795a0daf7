import { useCallback, useEffect, useRef, useState } from 'react';

import { toApiError, type ApiError } from '../api/ApiError';
import * as scenarios from '../api/scenarios';
import type {
  Behavior,
  Change,
  ChangeOptions,
  Instance,
  Latency,
  ModeChange,
  Preset,
  Reach,
  Rule,
  Scenario,
} from '../types/scenario';
import { useLoad, type Loaded } from './useLoad';
import { useReach } from './useReach';

/** How many changes the history of the page goes back. */
const HISTORY_LENGTH = 50;

/** Milliseconds between two looks at the instances, which come and go without a change of scenario. */
const INSTANCES_INTERVAL = 10_000;

/** The scenario with everything that changes it. */
export interface Control {
  scenario: Loaded<Scenario>;
  presets: Loaded<Preset[]>;
  changes: Loaded<Change[]>;
  instances: Loaded<Instance[]>;
  chaos: Loaded<Behavior>;
  /** What is being changed right now, such as "mode:error". */
  pending?: string;
  /** Why the last change was refused. */
  failure?: ApiError;
  /** What that was, such as "rules". */
  refused?: string;
  /** How far the last change has reached, where the fleet is not told of it yet. */
  reach?: Reach;
  dismissFailure: () => void;
  setMode: (behavior: ModeChange, options?: ChangeOptions) => Promise<boolean>;
  setLatency: (latency: Latency | null, options?: ChangeOptions) => Promise<boolean>;
  applyPreset: (name: string, options?: ChangeOptions) => Promise<boolean>;
  /** Keeps parameters for the next switch to chaos. */
  keepChaos: (behavior: Behavior) => Promise<boolean>;
  /** Replaces the rules, as long as nobody changed the scenario since it was read. */
  setRules: (rules: readonly Rule[], options?: ChangeOptions) => Promise<boolean>;
  stop: (reason?: string) => Promise<boolean>;
}

/** Holds the scenario, and reads it again when version (of the live stream) says that someone else changed it. */
export function useControl(version?: number): Control {
  const scenario = useLoad(scenarios.getScenario);
  const presets = useLoad(scenarios.listPresets);
  const chaos = useLoad(scenarios.getChaosConfig);
  const instances = useLoad(scenarios.listInstances);
  const changes = useLoad(loadChanges);
  const [pending, setPending] = useState<string>();
  const [failure, setFailure] = useState<ApiError>();
  const [refused, setRefused] = useState<string>();

  const known = scenario.data?.version;
  const { reach, answered } = useReach(known);
  const { reload: reloadScenario, replace } = scenario;
  const { reload: reloadChanges } = changes;
  const { reload: reloadInstances } = instances;
  const { reload: reloadPresets } = presets;

  useEffect(() => {
    if (version !== undefined && known !== undefined && version !== known) {
      reloadScenario();
      reloadPresets();
    }
    // The version that is known does not belong here: after a change of our own the stream is behind for a moment.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [version, reloadScenario, reloadPresets]);

  // The history is loaded on mount: again only once the version is another than it was then.
  const listed = useRef<number | undefined>(undefined);
  useEffect(() => {
    if (listed.current !== undefined && known !== undefined && listed.current !== known) {
      reloadChanges();
    }
    listed.current = known ?? listed.current;
  }, [known, reloadChanges]);

  useEffect(() => {
    const timer = setInterval(reloadInstances, INSTANCES_INTERVAL);
    return () => clearInterval(timer);
  }, [reloadInstances]);

  const change = useCallback(
    async (what: string, run: () => Promise<Scenario>): Promise<boolean> => {
      setPending(what);
      setFailure(undefined);
      try {
        const changed = await run();
        replace(changed);
        answered(changed);
        return true;
      } catch (thrown) {
        const error = toApiError(thrown);
        setFailure(error);
        setRefused(what);
        if (error.status === 409) {
          reloadScenario();
        }
        return false;
      } finally {
        setPending(undefined);
      }
    },
    [replace, answered, reloadScenario]
  );

  const setMode = useCallback(
    (behavior: ModeChange, options?: ChangeOptions) =>
      change(`mode:${behavior.mode}`, () => scenarios.setMode(behavior, options)),
    [change]
  );
  const setLatency = useCallback(
    (latency: Latency | null, options?: ChangeOptions) =>
      change('latency', () => scenarios.setLatency(latency, options)),
    [change]
  );
  const applyPreset = useCallback(
    (name: string, options?: ChangeOptions) => change(`preset:${name}`, () => scenarios.applyPreset(name, options)),
    [change]
  );
  const { reload: reloadChaos } = chaos;
  const keepChaos = useCallback(
    async (behavior: Behavior) => {
      const done = await change('chaos', () => scenarios.setChaosConfig(behavior));
      reloadChaos();
      return done;
    },
    [change, reloadChaos]
  );
  const setRules = useCallback(
    (rules: readonly Rule[], options?: ChangeOptions) =>
      change('rules', () => scenarios.setRules(rules, { ...options, if_version: known })),
    [change, known]
  );
  const stop = useCallback((reason?: string) => change('stop', () => scenarios.stopScenario(reason)), [change]);
  const dismissFailure = useCallback(() => setFailure(undefined), []);

  return {
    scenario,
    presets,
    changes,
    instances,
    chaos,
    pending,
    failure,
    reach,
    refused: failure && refused,
    dismissFailure,
    setMode,
    setLatency,
    applyPreset,
    keepChaos,
    setRules,
    stop,
  };
}

const loadChanges = (signal: AbortSignal) => scenarios.listChanges(HISTORY_LENGTH, signal);
