import { config } from '@grafana/runtime';

import { PLUGIN_ID } from '../constants';
import type { Preset } from '../types/scenario';
import { call, queryString } from './client';

/** What users say of a preset: it is theirs whatever its source was. */
export type PresetInput = Omit<Preset, 'source'>;

/** How many presets an import brought. */
export interface Imported {
  created: number;
  replaced: number;
}

/** Creates a preset; 409 where the name is taken. */
export function createPreset(preset: PresetInput): Promise<Preset> {
  return call('POST', 'scenarios/presets', { body: preset });
}

/** Changes a preset of a user. */
export function updatePreset(preset: PresetInput): Promise<Preset> {
  return call('PUT', `scenarios/presets/${encodeURIComponent(preset.name)}`, { body: preset });
}

export async function deletePreset(name: string): Promise<void> {
  await call('DELETE', `scenarios/presets/${encodeURIComponent(name)}`);
}

/** Imports a YAML file of presets: all of them or none. */
export function importPresets(yaml: string, replace: boolean): Promise<Imported> {
  return call('POST', 'scenarios/presets/import', {
    body: yaml,
    params: { replace },
    headers: { 'Content-Type': 'application/yaml' },
  });
}

/** The address from which the browser downloads the presets of users, or all of them, as YAML. */
export function presetsUrl(all = false): string {
  const params = queryString({ all: all || undefined });
  return `${config.appSubUrl ?? ''}/api/plugins/${PLUGIN_ID}/resources/scenarios/presets/export${params}`;
}

/** The address from which the browser downloads one preset as YAML. */
export function presetUrl(name: string): string {
  const base = `${config.appSubUrl ?? ''}/api/plugins/${PLUGIN_ID}/resources/scenarios/presets`;
  return `${base}/${encodeURIComponent(name)}?format=yaml`;
}
