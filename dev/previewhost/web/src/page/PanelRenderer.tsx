import { applyFieldOverrides, getPanelOptionsWithDefaults, type PanelPlugin } from '@grafana/data';
import type { PanelRendererProps } from '@grafana/runtime';
import { Alert, LoadingPlaceholder, useTheme2 } from '@grafana/ui';
import { useEffect, useMemo, useState } from 'react';
import { importPanel } from '../panels/registry';

/** Grafana's PanelRenderer: a panel by its id, with the data that it is given. */
export function PanelRenderer({ pluginId, title, data, width, height, timeZone = 'browser', options = {}, fieldConfig, onOptionsChange, onFieldConfigChange, onChangeTimeRange }: PanelRendererProps<any, any>) {
  const theme = useTheme2();
  const [plugin, setPlugin] = useState<PanelPlugin>();
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    importPanel(pluginId).then(setPlugin, (err) => setProblem(String(err)));
  }, [pluginId]);
  const config = useMemo(
    () =>
      plugin &&
      getPanelOptionsWithDefaults({
        plugin,
        currentOptions: options,
        currentFieldConfig: fieldConfig ?? { defaults: {}, overrides: [] },
        isAfterPluginChange: false,
      }),
    [plugin, options, fieldConfig]
  );
  const shown = useMemo(
    () =>
      data && config && {
        ...data,
        series: applyFieldOverrides({
          data: data.series,
          fieldConfig: config.fieldConfig,
          fieldConfigRegistry: plugin!.fieldConfigRegistry,
          replaceVariables: (text) => text,
          theme,
          timeZone,
        }),
      },
    [data, config, plugin, theme, timeZone]
  );
  if (problem) {
    return <Alert severity="error" title={problem} />;
  }
  if (!plugin?.panel || !config) {
    return <LoadingPlaceholder text="" />;
  }
  if (!shown) {
    return null;
  }
  const Panel = plugin.panel;
  return (
    <Panel
      id={1}
      title={title}
      data={shown}
      timeRange={shown.timeRange}
      timeZone={timeZone}
      options={config.options}
      fieldConfig={config.fieldConfig}
      transparent={false}
      width={width}
      height={height}
      renderCounter={0}
      replaceVariables={(text: string) => text}
      onOptionsChange={onOptionsChange ?? (() => {})}
      onFieldConfigChange={onFieldConfigChange ?? (() => {})}
      onChangeTimeRange={onChangeTimeRange ?? (() => {})}
      eventBus={{ publish() {}, getStream: () => ({ subscribe: () => ({ unsubscribe() {} }) }), subscribe: () => ({ unsubscribe() {} }), removeAllListeners() {}, newScopedBus: () => undefined } as any}
    />
  );
}
