import type { DataSourceApi, DataSourceSettings } from '@grafana/data';
import { getBackendSrv, getDataSourceSrv } from '@grafana/runtime';
import { Alert, Button, LoadingPlaceholder, Stack } from '@grafana/ui';
import { useEffect, useState } from 'react';
import { useParams } from 'react-router';
import { PluginPage } from './PluginPage';

/** The settings of a nested data source in its own editor, with Grafana's Save & test. */
export function DataSourcePage() {
  const { uid } = useParams();
  const [source, setSource] = useState<DataSourceApi<any>>();
  const [options, setOptions] = useState<DataSourceSettings<any, any>>();
  const [result, setResult] = useState<{ ok: boolean; message: string }>();
  useEffect(() => {
    const fail = (err: any) => setResult({ ok: false, message: err?.data?.message ?? String(err) });
    getDataSourceSrv().get(uid).then(setSource, fail);
    getBackendSrv().get<DataSourceSettings>(`/api/datasources/uid/${uid}`).then(setOptions, fail);
  }, [uid]);
  const save = async () => {
    setResult(undefined);
    try {
      const { datasource } = await getBackendSrv().put<{ datasource: DataSourceSettings }>(`/api/datasources/uid/${uid}`, options);
      setOptions(datasource);
      const tested = await source!.testDatasource();
      setResult({ ok: tested?.status === 'success', message: tested?.message ?? '' });
    } catch (err: any) {
      setResult({ ok: false, message: err?.data?.message ?? err?.message ?? String(err) });
    }
  };
  const Editor = source?.components?.ConfigEditor;
  return (
    <PluginPage pageNav={{ text: options?.name ?? 'Data source', subTitle: source?.meta.info.description }}>
      {Editor && options ? <Editor options={options} onOptionsChange={setOptions} /> : <LoadingPlaceholder text="Loading" />}
      <Stack direction="column" alignItems="flex-start" gap={2}>
        {result && <Alert severity={result.ok ? 'success' : 'error'} title={result.message} />}
        <Button onClick={save} disabled={!options}>
          Save & test
        </Button>
      </Stack>
    </PluginPage>
  );
}
