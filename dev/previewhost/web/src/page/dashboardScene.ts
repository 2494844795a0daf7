import type { DataSourceRef } from '@grafana/data';
import {
  dataLayers,
  EmbeddedScene,
  QueryVariable,
  SceneControlsSpacer,
  SceneDataLayerControls,
  SceneDataLayerSet,
  SceneDataTransformer,
  SceneGridItem,
  SceneGridLayout,
  SceneQueryRunner,
  SceneRefreshPicker,
  SceneTimePicker,
  SceneTimeRange,
  SceneVariableSet,
  VariableValueSelectors,
  VizPanel,
} from '@grafana/scenes';

/** The parts of a dashboard's JSON that the page shows. */
export interface DashboardJson {
  uid: string;
  title: string;
  description?: string;
  refresh?: string;
  time?: { from: string; to: string };
  panels: PanelJson[];
  templating?: { list: VariableJson[] };
  annotations?: { list: any[] };
}

interface PanelJson {
  id: number;
  type: string;
  title: string;
  description?: string;
  gridPos: { x: number; y: number; w: number; h: number };
  datasource?: DataSourceRef;
  targets?: any[];
  interval?: string;
  transformations?: any[];
  options?: any;
  fieldConfig?: any;
}

interface VariableJson {
  type: string;
  name: string;
  label?: string;
  datasource?: DataSourceRef;
  query: any;
  multi?: boolean;
  includeAll?: boolean;
  refresh?: number;
  current?: { value: any; text: any };
}

/** The queries of a panel with their transformations; a panel may have none. */
function dataOf({ datasource, targets, interval, transformations }: PanelJson) {
  if (!targets) {
    return undefined;
  }
  const $data = new SceneQueryRunner({ datasource, queries: targets, minInterval: interval });
  return transformations ? new SceneDataTransformer({ $data, transformations }) : $data;
}

/** Makes of a dashboard what Grafana makes of it: a scene. */
export function dashboardScene(dashboard: DashboardJson): EmbeddedScene {
  return new EmbeddedScene({
    $timeRange: new SceneTimeRange({ from: dashboard.time?.from ?? 'now-1h', to: dashboard.time?.to ?? 'now' }),
    $variables: new SceneVariableSet({
      variables: (dashboard.templating?.list ?? [])
        .filter((one) => one.type === 'query')
        .map(
          ({ name, label, datasource, query, multi, includeAll, refresh, current }) =>
            new QueryVariable({
              name,
              label,
              datasource,
              query,
              isMulti: multi,
              includeAll,
              refresh,
              value: current?.value,
              text: current?.text,
            })
        ),
    }),
    $data: new SceneDataLayerSet({
      name: 'Annotations',
      layers: (dashboard.annotations?.list ?? [])
        .filter((one) => !one.builtIn)
        .map((query) => new dataLayers.AnnotationsDataLayer({ name: query.name, query, isEnabled: query.enable, isHidden: query.hide })),
    }),
    controls: [
      new VariableValueSelectors({}),
      new SceneDataLayerControls(),
      new SceneControlsSpacer(),
      new SceneTimePicker({ isOnCanvas: true }),
      new SceneRefreshPicker({ refresh: dashboard.refresh, isOnCanvas: true }),
    ],
    body: new SceneGridLayout({
      isDraggable: false,
      isLazy: false,
      children: dashboard.panels.map(
        (panel) =>
          new SceneGridItem({
            key: `panel-${panel.id}`,
            x: panel.gridPos.x,
            y: panel.gridPos.y,
            width: panel.gridPos.w,
            height: panel.gridPos.h,
            body: new VizPanel({
              pluginId: panel.type,
              title: panel.title,
              description: panel.description,
              options: panel.options ?? {},
              fieldConfig: panel.fieldConfig ?? { defaults: {}, overrides: [] },
              $data: dataOf(panel),
            }),
          })
      ),
    }),
  });
}
