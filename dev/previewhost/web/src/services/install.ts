import { EventBusSrv, standardEditorsRegistry, standardFieldConfigEditorRegistry, standardTransformers, standardTransformersRegistry } from '@grafana/data';
import {
  setAppEvents,
  setBackendSrv,
  setDataSourceSrv,
  setEchoSrv,
  setGrafanaLiveSrv,
  setLocationSrv,
  setPluginComponentHook,
  setPluginComponentsHook,
  setPluginFunctionsHook,
  setPluginImportUtils,
  setPluginLinksHook,
  setReturnToPreviousHook,
  setRunRequest,
  setTemplateSrv,
  setChromeHeaderHeightHook,
  locationService,
  type BackendSrv,
  type DataSourceSrv,
} from '@grafana/runtime';
import { setPluginPage } from 'grafana-runtime-plugin-page';
import { setPanelRenderer } from 'grafana-runtime-panel-renderer';
import { PluginPage } from '../page/PluginPage';
import { PanelRenderer } from '../page/PanelRenderer';
import { getPanelFromCache, importPanel } from '../panels/registry';
import { standardFieldConfigs } from '../panels/fieldConfigs';
import { FetchBackend } from './backend';
import { DataSources } from './dataSources';
import { LiveSocket } from './live';
import { runRequest } from './runRequest';
import { Templates } from './templates';

/** The editors of panel options that Grafana has: a panel names them when it declares its options. Nobody edits here. */
const editors = ['boolean', 'color', 'fieldColor', 'fieldName', 'links', 'mappings', 'multi-select', 'number', 'radio', 'select', 'slider', 'stats-picker', 'strings', 'text', 'timezone', 'unit'];

/** Sets every service that Grafana sets for plugins, before any plugin is loaded. */
export function installServices() {
  setAppEvents(new EventBusSrv());
  setBackendSrv(new FetchBackend() as unknown as BackendSrv);
  setLocationSrv(locationService);
  setTemplateSrv(new Templates());
  setDataSourceSrv(new DataSources() as unknown as DataSourceSrv);
  setRunRequest(runRequest);
  setGrafanaLiveSrv(new LiveSocket());
  setEchoSrv({ flush() {}, addBackend() {}, addEvent() {} });

  standardFieldConfigEditorRegistry.setInit(standardFieldConfigs);
  standardEditorsRegistry.setInit(() => editors.map((id) => ({ id, name: id, description: '', editor: () => null }) as any));
  standardTransformersRegistry.setInit(() =>
    // Some are there under two names.
    [...new Map(Object.values(standardTransformers).map((one) => [one.id, one])).values()].map((one) => ({ id: one.id, name: one.name, transformation: one, editor: () => null, imageDark: '', imageLight: '' }) as any)
  );
  setPluginImportUtils({ importPanelPlugin: importPanel, getPanelPluginFromCache: getPanelFromCache });

  // No other plugin extends pages here.
  setPluginLinksHook(() => ({ links: [], isLoading: false }));
  setPluginComponentHook(() => ({ component: null, isLoading: false }));
  setPluginComponentsHook(() => ({ components: [], isLoading: false }));
  setPluginFunctionsHook(() => ({ functions: [], isLoading: false }));
  setReturnToPreviousHook(() => () => {});
  setChromeHeaderHeightHook(() => 40);

  setPluginPage(PluginPage);
  setPanelRenderer(PanelRenderer);
}
