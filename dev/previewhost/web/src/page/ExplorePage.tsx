import { css } from '@emotion/css';
import { CoreApp, LoadingState, rangeUtil, type DataFrame, type DataSourceApi, type GrafanaTheme2, type PanelData, type RawTimeRange } from '@grafana/data';
import { getDataSourceSrv, getRunRequest, PanelRenderer } from '@grafana/runtime';
import { Alert, Button, PanelChrome, RefreshPicker, TimeRangePicker, useStyles2 } from '@grafana/ui';
import { useCallback, useEffect, useRef, useState } from 'react';
import { PluginPage } from './PluginPage';

/** How Grafana's Explore shows frames, by what they prefer. */
const views: Record<string, { panel: string; title: string; height: number }> = {
  graph: { panel: 'timeseries', title: 'Graph', height: 300 },
  logs: { panel: 'logs', title: 'Logs', height: 500 },
  table: { panel: 'table', title: 'Table', height: 500 },
};

/** One query of the nested data source, edited in its own editor and shown as Explore shows it. */
export function ExplorePage() {
  const styles = useStyles2(getStyles);
  const [source, setSource] = useState<DataSourceApi<any>>();
  const [query, setQuery] = useState<any>();
  const [raw, setRaw] = useState<RawTimeRange>({ from: 'now-15m', to: 'now' });
  const [data, setData] = useState<PanelData>();
  const [problem, setProblem] = useState<string>();
  const running = useRef<{ unsubscribe: () => void }>(undefined);

  useEffect(() => {
    getDataSourceSrv()
      .get()
      .then(
        (found) => {
          setSource(found);
          setQuery({ refId: 'A', ...found.getDefaultQuery?.(CoreApp.Explore) });
        },
        (err) => setProblem(String(err))
      );
    return () => running.current?.unsubscribe();
  }, []);

  const run = useCallback(() => {
    if (!source || !query) {
      return;
    }
    const range = rangeUtil.convertRawToRange(raw);
    const interval = rangeUtil.calculateInterval(range, 1000, '1s');
    running.current?.unsubscribe();
    running.current = getRunRequest()(source, {
      app: CoreApp.Explore,
      requestId: 'explore',
      timezone: 'browser',
      range,
      interval: interval.interval,
      intervalMs: interval.intervalMs,
      maxDataPoints: 1000,
      scopedVars: {},
      startTime: Date.now(),
      targets: [{ ...query, datasource: source.getRef() }],
    }).subscribe(setData);
  }, [source, query, raw]);

  // As in Explore: a changed query runs once its editor asks for it; here that is every change.
  useEffect(run, [run]);

  const Editor = source?.components?.QueryEditor;
  const groups = Object.entries(groupByView(data?.series ?? []));
  return (
    <PluginPage
      pageNav={{ text: 'Explore' }}
      actions={
        <>
          <TimeRangePicker
            value={rangeUtil.convertRawToRange(raw)}
            onChange={(range) => setRaw(range.raw)}
            onChangeTimeZone={() => {}}
            onMoveBackward={() => {}}
            onMoveForward={() => {}}
            onZoom={() => {}}
          />
          <RefreshPicker value="" onIntervalChanged={() => {}} onRefresh={run} noIntervalPicker isLoading={data?.state === LoadingState.Loading} text="Run query" />
        </>
      }
    >
      {problem && <Alert severity="error" title={problem} />}
      {Editor && query && (
        <div className={styles.editor}>
          <Editor datasource={source} query={query} onChange={setQuery} onRunQuery={() => {}} app={CoreApp.Explore} range={data?.timeRange} data={data} />
        </div>
      )}
      {data?.errors?.map((error, i) => (
        <Alert key={i} severity="error" title="Query error">
          {error.message ?? error.data?.message}
        </Alert>
      ))}
      {data && groups.length === 0 && data.state === LoadingState.Done && <div>No data</div>}
      {data &&
        groups.map(([name, frames]) => {
          const view = views[name] ?? views.table;
          return (
            <div key={name} className={styles.view}>
              <Sized height={view.height}>
                {(width) => (
                  <PanelChrome title={view.title} width={width} height={view.height} loadingState={data.state}>
                    {(innerWidth, innerHeight) => (
                      <PanelRenderer title={view.title} pluginId={view.panel} width={innerWidth} height={innerHeight} data={{ ...data, series: frames }} />
                    )}
                  </PanelChrome>
                )}
              </Sized>
              {frames.flatMap((frame) => frame.meta?.notices ?? []).map((notice, i) => (
                <Alert key={i} severity="info" title={notice.text} />
              ))}
            </div>
          );
        })}
      {data && <Button variant="secondary" fill="text" size="sm" onClick={run} className={styles.again}>Run again</Button>}
    </PluginPage>
  );
}

function groupByView(frames: DataFrame[]): Record<string, DataFrame[]> {
  const groups: Record<string, DataFrame[]> = {};
  for (const frame of frames) {
    (groups[frame.meta?.preferredVisualisationType ?? 'table'] ??= []).push(frame);
  }
  return groups;
}

/** Gives its child the width that there is. */
function Sized({ height, children }: { height: number; children: (width: number) => React.ReactNode }) {
  const element = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry.contentRect.width)));
    observer.observe(element.current!);
    return () => observer.disconnect();
  }, []);
  return (
    <div ref={element} style={{ height }}>
      {width > 0 && children(width)}
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  editor: css({ background: theme.colors.background.secondary, padding: theme.spacing(1), borderRadius: theme.shape.radius.default, marginBottom: theme.spacing(2) }),
  view: css({ marginBottom: theme.spacing(2) }),
  again: css({ alignSelf: 'flex-start' }),
});
