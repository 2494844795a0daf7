import type { GrafanaPlugin, PluginMeta } from '@grafana/data';
import { loadModule } from './amd';
import type { PluginJson } from './boot';

const loading = new Map<string, Promise<{ plugin: GrafanaPlugin }>>();

/** The plugin.json of a plugin together with what Grafana adds to it. */
export function pluginMeta(id: string): PluginMeta {
  const found = window.previewHost.plugins.find((one) => one.json.id === id);
  if (!found) {
    throw new Error(`There is no plugin ${id}`);
  }
  const json: PluginJson = found.json;
  const logo = (name: string) => (name ? `/${found.baseUrl}/${name}` : '');
  return {
    ...json,
    module: found.module,
    baseUrl: found.baseUrl,
    enabled: window.previewHost.app.enabled,
    pinned: window.previewHost.app.pinned,
    jsonData: window.previewHost.app.jsonData,
    signature: 'unsigned',
    info: { ...json.info, logos: { small: logo(json.info.logos?.small), large: logo(json.info.logos?.large) } },
  } as unknown as PluginMeta;
}

/** Loads a plugin's module once, and hands it its meta data. */
export function loadPlugin(id: string): Promise<{ plugin: GrafanaPlugin }> {
  let pending = loading.get(id);
  if (!pending) {
    pending = load(id);
    loading.set(id, pending);
  }
  return pending;
}

async function load(id: string) {
  const meta = pluginMeta(id);
  const exports = (await loadModule(meta.module)) as { plugin?: GrafanaPlugin & { init?: (meta: PluginMeta) => void } };
  if (!exports.plugin) {
    throw new Error(`${meta.module} does not export a plugin`);
  }
  exports.plugin.meta = meta;
  exports.plugin.init?.(meta);
  return { plugin: exports.plugin };
}
