import { dateMath, LoadingState, toDataFrame, type DataQueryRequest, type DataQueryResponse, type DataSourceApi, type PanelData } from '@grafana/data';
import { toDataQueryError } from '@grafana/runtime';
import { catchError, from, isObservable, map, of, startWith, type Observable } from 'rxjs';

/** Runs a data source's query and tells how far it is, as panels expect it. */
export function runRequest(
  dataSource: DataSourceApi,
  request: DataQueryRequest,
  queryFunction?: DataSourceApi['query']
): Observable<PanelData> {
  const started: PanelData = { state: LoadingState.Loading, series: [], request, timeRange: request.range };
  request.startTime = request.startTime || Date.now();
  request.targets = request.targets.filter((target) => !target.hide && dataSource.filterQuery?.(target) !== false);
  if (request.targets.length === 0) {
    return of({ ...started, state: LoadingState.Done });
  }
  const packets = new Map<string, DataQueryResponse>();
  const answer = queryFunction ? queryFunction(request) : dataSource.query(request);
  return (isObservable(answer) ? answer : from(answer as Promise<DataQueryResponse>)).pipe(
    map((packet): PanelData => {
      request.endTime = Date.now();
      packets.set(packet.key ?? 'A', packet);
      const all = [...packets.values()];
      const errors = all.flatMap((one) => one.errors ?? (one.error ? [one.error] : []));
      const frames = all.flatMap((one) => one.data).map((one) => toDataFrame(one));
      const state = errors.length > 0 ? LoadingState.Error : (packet.state ?? LoadingState.Done);
      const raw = request.range.raw;
      const timeRange =
        state === LoadingState.Streaming && typeof raw.from === 'string' && typeof raw.to === 'string'
          ? { ...request.range, from: dateMath.parse(raw.from, false)!, to: dateMath.parse(raw.to, true)! }
          : request.range;
      return {
        state,
        series: frames.filter((frame) => frame.meta?.dataTopic !== 'annotations'),
        annotations: frames.filter((frame) => frame.meta?.dataTopic === 'annotations'),
        errors: errors.length > 0 ? errors : undefined,
        error: errors[0],
        request,
        timeRange,
      };
    }),
    startWith(started),
    catchError((err) => {
      const error = toDataQueryError(err);
      return of({ ...started, state: LoadingState.Error, error, errors: [error] });
    })
  );
}
