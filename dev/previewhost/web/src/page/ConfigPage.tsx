import type { AppPluginMeta } from '@grafana/data';
import { getBackendSrv } from '@grafana/runtime';
import { Alert, LoadingPlaceholder, Tab, TabsBar } from '@grafana/ui';
import { useEffect, useState } from 'react';
import { useLocation } from 'react-router';
import { WithApp } from './AppPage';
import { PluginPage } from './PluginPage';
import { appJson, configUrl } from './navigation';

/** The app's configuration pages, as tabs, with the settings as they are now. */
export function ConfigPage() {
  const [settings, setSettings] = useState<Partial<AppPluginMeta>>();
  const [problem, setProblem] = useState<string>();
  const { search } = useLocation();
  const query = Object.fromEntries(new URLSearchParams(search));
  useEffect(() => {
    getBackendSrv()
      .get(`/api/plugins/${appJson().id}/settings`)
      .then(setSettings, (err) => setProblem(err?.data?.message ?? String(err)));
  }, []);
  return (
    <PluginPage pageNav={{ text: appJson().name, subTitle: appJson().info.description, img: `/${window.previewHost.plugins[0].baseUrl}/${appJson().info.logos.large}` }}>
      {problem && <Alert severity="error" title={problem} />}
      {!settings && !problem && <LoadingPlaceholder text="Loading" />}
      {settings && (
        <WithApp>
          {(plugin, meta) => {
            const pages = plugin.configPages ?? [];
            const page = pages.find((one) => one.id === query.page) ?? pages[0];
            if (!page) {
              return <Alert severity="info" title="The plugin has no configuration page" />;
            }
            const Body = page.body;
            const { info: _, includes: __, ...current } = settings;
            return (
              <>
                <TabsBar>
                  {pages.map((one) => (
                    <Tab key={one.id} label={one.title} icon={one.icon} active={one === page} href={`${configUrl()}?page=${one.id}`} />
                  ))}
                </TabsBar>
                <div style={{ paddingTop: 24 }}>
                  <Body plugin={Object.assign(Object.create(Object.getPrototypeOf(plugin)), plugin, { meta: { ...meta, ...current } })} query={query} />
                </div>
              </>
            );
          }}
        </WithApp>
      )}
    </PluginPage>
  );
}
