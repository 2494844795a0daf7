import { PanelPlugin, type PanelPluginMeta, type PanelProps } from '@grafana/data';
import type { ComponentType } from 'react';
import { loadPlugin } from '../plugins';
import { customConfigs } from './fieldConfigs';
import { BarGaugePanel } from './BarGaugePanel';
import { HistogramPanel } from './HistogramPanel';
import { LogsPanel } from './LogsPanel';
import { StatPanel } from './StatPanel';
import { TablePanel } from './TablePanel';
import { TextPanel } from './TextPanel';
import { TimelinePanel } from './TimelinePanel';
import { TimeSeriesPanel } from './TimeSeriesPanel';

/** What Grafana's graphs assume where a field says nothing. */
const graphDefaults = {
  drawStyle: 'line',
  lineInterpolation: 'linear',
  lineWidth: 1,
  lineStyle: undefined,
  fillOpacity: 0,
  fillBelowTo: undefined,
  gradientMode: 'none',
  barAlignment: 0,
  barWidthFactor: 0.6,
  spanNulls: false,
  showPoints: 'auto',
  pointSize: 5,
  stacking: { mode: 'none', group: 'A' },
  axisPlacement: 'auto',
  axisLabel: '',
  axisColorMode: 'text',
  axisSoftMin: undefined,
  axisSoftMax: undefined,
  axisWidth: undefined,
  axisCenteredZero: false,
  axisGridShow: undefined,
  axisBorderShow: false,
  scaleDistribution: { type: 'linear' },
  hideFrom: { tooltip: false, viz: false, legend: false },
  thresholdsStyle: { mode: 'off' },
};

/** Stand-ins for Grafana's own panels, which are not on npm, made of the components that they are made of. */
const panels: Record<string, { component: ComponentType<PanelProps<any>>; custom?: Record<string, unknown>; skipDataQuery?: boolean }> = {
  timeseries: { component: TimeSeriesPanel, custom: graphDefaults },
  histogram: { component: HistogramPanel, custom: graphDefaults },
  'state-timeline': { component: TimelinePanel, custom: { fillOpacity: 70, lineWidth: 0 } },
  stat: { component: StatPanel },
  gauge: { component: BarGaugePanel },
  bargauge: { component: BarGaugePanel },
  table: { component: TablePanel, custom: { align: 'auto', cellOptions: { type: 'auto' }, inspect: false, filterable: false, width: undefined, minWidth: undefined, hidden: false } },
  logs: { component: LogsPanel },
  text: { component: TextPanel, skipDataQuery: true },
};

const cache = new Map<string, PanelPlugin>();

/** The panel of an id where it is loaded already. */
export function getPanelFromCache(id: string): PanelPlugin | undefined {
  return cache.get(id);
}

/** The panel of an id: a stand-in for one of Grafana's, or one of the app's own. */
export async function importPanel(id: string): Promise<PanelPlugin> {
  const known = cache.get(id);
  if (known) {
    return known;
  }
  const panel = panels[id] ? standIn(id) : ((await loadPlugin(id)).plugin as unknown as PanelPlugin);
  cache.set(id, panel);
  return panel;
}

function standIn(id: string): PanelPlugin {
  const { component, custom, skipDataQuery } = panels[id];
  const plugin = new PanelPlugin(component);
  plugin.useFieldConfig(custom ? { useCustomConfig: customConfigs(custom) as any } : undefined);
  plugin.setDataSupport({ annotations: id === 'timeseries', alertStates: false });
  plugin.meta = {
    id,
    name: id,
    type: 'panel',
    module: '',
    baseUrl: '',
    sort: 1,
    skipDataQuery: skipDataQuery ?? false,
    info: { author: { name: '' }, description: '', links: [], logos: { small: '', large: '' }, screenshots: [], updated: '', version: '12.4.10' },
  } as unknown as PanelPluginMeta;
  return plugin;
}
