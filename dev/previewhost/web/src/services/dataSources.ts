import type { DataSourceApi, DataSourceInstanceSettings, DataSourcePluginMeta, DataSourceRef } from '@grafana/data';
import { config, type GetDataSourceListFilters, type RuntimeDataSourceRegistration } from '@grafana/runtime';
import { loadPlugin, pluginMeta } from '../plugins';

/** Grafana's DataSourceSrv over the one instance that the host has of each nested data source. */
export class DataSources {
  private readonly loaded = new Map<string, Promise<DataSourceApi>>();
  private readonly runtime = new Map<string, DataSourceApi>();

  get(ref?: DataSourceRef | string | null): Promise<DataSourceApi> {
    const uid = typeof ref === 'string' ? ref : ref?.uid;
    const registered = uid ? this.runtime.get(uid) : undefined;
    if (registered) {
      return Promise.resolve(registered);
    }
    const settings = this.getInstanceSettings(ref);
    if (!settings) {
      return Promise.reject(new Error(`Datasource ${uid ?? 'default'} was not found`));
    }
    let loading = this.loaded.get(settings.uid);
    if (!loading) {
      loading = instantiate(settings);
      this.loaded.set(settings.uid, loading);
    }
    return loading;
  }

  getList(filters: GetDataSourceListFilters = {}): DataSourceInstanceSettings[] {
    return this.all().filter((source) => {
      const types = filters.type === undefined ? undefined : [filters.type].flat();
      return (
        (!filters.metrics || source.meta.metrics) &&
        (!filters.logs || source.meta.logs) &&
        (!filters.tracing || source.meta.tracing) &&
        (!filters.annotations || source.meta.annotations) &&
        (!filters.alerting || source.meta.alerting) &&
        (!filters.pluginId || source.meta.id === filters.pluginId) &&
        (!types || types.includes(source.type)) &&
        (!filters.filter || filters.filter(source))
      );
    });
  }

  getInstanceSettings(ref?: DataSourceRef | string | null): DataSourceInstanceSettings | undefined {
    const all = this.all();
    if (!ref || ref === 'default') {
      return all.find((source) => source.isDefault) ?? all[0];
    }
    const wanted = typeof ref === 'string' ? { uid: ref, type: ref } : ref;
    return all.find((source) => source.uid === wanted.uid || source.name === wanted.uid) ?? (wanted.uid ? undefined : all.find((source) => source.type === wanted.type));
  }

  reload() {}

  registerRuntimeDataSource({ dataSource }: RuntimeDataSourceRegistration) {
    this.runtime.set(dataSource.uid, dataSource);
  }

  private all(): DataSourceInstanceSettings[] {
    return Object.values(config.datasources).map((source) => ({ ...source, meta: pluginMeta(source.type) as unknown as DataSourcePluginMeta }));
  }
}

async function instantiate(settings: DataSourceInstanceSettings): Promise<DataSourceApi> {
  const { plugin } = await loadPlugin(settings.type);
  const source: DataSourceApi = new (plugin as any).DataSourceClass(settings);
  source.components = (plugin as any).components;
  source.meta ??= settings.meta;
  (source as any).name ??= settings.name;
  return source;
}
