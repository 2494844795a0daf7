import type { Behavior, Change, ChangeOptions, Instance, Latency, ModeChange, Preset, Rule, Scenario } from '../types/scenario';
import { call } from './client';

/** The live scenario. */
export function getScenario(signal?: AbortSignal): Promise<Scenario> {
  return call('GET', 'scenarios/mode', { signal });
}

/** Switches the mode; rules and latency stay. */
export function setMode(behavior: ModeChange, options: ChangeOptions = {}): Promise<Scenario> {
  return call('PUT', 'scenarios/mode', { body: { ...behavior, ...options } });
}

/** Sets the latency that is added to every exchange; null removes it. */
export function setLatency(latency: Latency | null, options: ChangeOptions = {}): Promise<Scenario> {
  return call('PUT', 'scenarios/latency', { body: { ...latency, ...options } });
}

/** The effective parameters of chaos, defaults filled in. */
export function getChaosConfig(signal?: AbortSignal): Promise<Behavior> {
  return call('GET', 'scenarios/chaos/config', { signal });
}

export async function listPresets(signal?: AbortSignal): Promise<Preset[]> {
  const { presets } = await call<{ presets: Preset[] | null }>('GET', 'scenarios/presets', { signal });
  return presets ?? [];
}

export function applyPreset(name: string, options: ChangeOptions = {}): Promise<Scenario> {
  return call('POST', `scenarios/presets/${encodeURIComponent(name)}`, { body: options });
}

/** Sets the parameters that the next switch to chaos takes; where chaos is in force, it takes them at once. */
export function setChaosConfig(behavior: Behavior, options: ChangeOptions = {}): Promise<Scenario> {
  return call('PUT', 'scenarios/chaos/config', { body: { ...behavior, ...options } });
}

/** Replaces all rules; an empty list removes them. */
export function setRules(rules: readonly Rule[], options: ChangeOptions = {}): Promise<Scenario> {
  return call('PUT', 'scenarios/rules', { body: { rules, ...options } });
}

/** The kill switch: healthy, no rules, no latency. */
export function stopScenario(reason?: string): Promise<Scenario> {
  return call('POST', 'scenarios/stop', { body: reason ? { reason } : {} });
}

/** The latest changes, newest first; of versions below before where it is given. */
export async function listChanges(limit: number, signal?: AbortSignal, before?: number): Promise<Change[]> {
  const { changes } = await call<{ changes: Change[] | null }>('GET', 'scenarios/history', {
    params: { limit, before },
    signal,
  });
  return changes ?? [];
}

export async function listInstances(signal?: AbortSignal): Promise<Instance[]> {
  const { instances } = await call<{ instances: Instance[] | null }>('GET', 'instances', { signal });
  return instances ?? [];
}
