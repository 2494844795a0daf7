import { config, getDataSourceSrv } from '@grafana/runtime';

import type { Recording } from '../types/recording';

/** Milliseconds around a recording in which its trace is looked for. */
const AROUND = 5 * 60_000;

/** The address in Explore that shows the trace of a recording; undefined without a trace, or without the data source. */
export function traceUrl(recording: Recording, datasourceUid: string): string | undefined {
  const settings = getDataSourceSrv().getInstanceSettings(datasourceUid);
  if (!recording.trace_id || !settings) {
    return undefined;
  }
  const at = Date.parse(recording.timestamp);
  const panes = {
    trace: {
      datasource: settings.uid,
      queries: [
        {
          refId: 'A',
          datasource: { type: settings.type, uid: settings.uid },
          query: recording.trace_id,
          // Tempo finds a trace by its id with TraceQL; Jaeger and Zipkin take the id as it is.
          ...(settings.type === 'tempo' && { queryType: 'traceql' }),
        },
      ],
      range: { from: String(at - AROUND), to: String(at + recording.response_time_ms + AROUND) },
    },
  };
  const search = new URLSearchParams({ schemaVersion: '1', panes: JSON.stringify(panes) });
  return `${config.appSubUrl ?? ''}/explore?${search.toString()}`;
}
