import { UrlSyncContextProvider, type EmbeddedScene } from '@grafana/scenes';
import { getBackendSrv } from '@grafana/runtime';
import { Alert, LoadingPlaceholder } from '@grafana/ui';
import { useEffect, useState } from 'react';
import { useParams } from 'react-router';
import { PluginPage } from './PluginPage';
import { dashboardScene, type DashboardJson } from './dashboardScene';

/** A provisioned dashboard, with its variables, annotations and panels. */
export function DashboardPage() {
  const { uid } = useParams();
  const [shown, setShown] = useState<{ title: string; description?: string; scene: EmbeddedScene }>();
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    setShown(undefined);
    getBackendSrv()
      .get<{ dashboard: DashboardJson }>(`/api/dashboards/uid/${uid}`)
      .then(
        ({ dashboard }) => setShown({ title: dashboard.title, description: dashboard.description, scene: dashboardScene(dashboard) }),
        (err) => setProblem(err?.data?.message ?? String(err))
      );
  }, [uid]);
  return (
    <PluginPage pageNav={{ text: shown?.title ?? 'Dashboard', subTitle: shown?.description }}>
      {problem && <Alert severity="error" title={problem} />}
      {!shown && !problem && <LoadingPlaceholder text="Loading" />}
      {shown && (
        <UrlSyncContextProvider scene={shown.scene} updateUrlOnInit createBrowserHistorySteps={false}>
          <shown.scene.Component model={shown.scene} />
        </UrlSyncContextProvider>
      )}
    </PluginPage>
  );
}
