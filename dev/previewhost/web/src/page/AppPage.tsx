import { PluginContextProvider, type AppPlugin, type AppPluginMeta, type GrafanaPlugin, type KeyValue } from '@grafana/data';
import { Alert, ErrorBoundaryAlert, LoadingPlaceholder } from '@grafana/ui';
import { useEffect, useState, type ReactNode } from 'react';
import { useLocation } from 'react-router';
import { loadPlugin } from '../plugins';
import { appJson } from './navigation';

/** Loads the app, and shows what children makes of it. */
export function WithApp({ children }: { children: (plugin: AppPlugin, meta: AppPluginMeta) => ReactNode }) {
  const [plugin, setPlugin] = useState<AppPlugin>();
  const [problem, setProblem] = useState<unknown>();
  useEffect(() => {
    loadPlugin(appJson().id).then(
      (loaded: { plugin: GrafanaPlugin }) => setPlugin(loaded.plugin as AppPlugin),
      (err) => {
        console.error(err);
        setProblem(err);
      }
    );
  }, []);
  if (problem) {
    return <Alert severity="error" title="The plugin could not be loaded">{String(problem)}</Alert>;
  }
  if (!plugin) {
    return <LoadingPlaceholder text="Loading plugin" />;
  }
  return (
    <ErrorBoundaryAlert>
      <PluginContextProvider meta={plugin.meta}>{children(plugin, plugin.meta)}</PluginContextProvider>
    </ErrorBoundaryAlert>
  );
}

/** The app's own pages, below /a/<id>/. */
export function AppPage() {
  const { pathname, search } = useLocation();
  const query: KeyValue = Object.fromEntries(new URLSearchParams(search));
  return (
    <WithApp>
      {(plugin, meta) => {
        const Root = plugin.root;
        return Root ? <Root meta={meta} basename={`/a/${meta.id}`} onNavChanged={() => {}} query={query} path={pathname} /> : <Alert severity="error" title="The plugin has no root page" />;
      }}
    </WithApp>
  );
}
