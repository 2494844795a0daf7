import { CustomVariableSupport, type DataQueryRequest, type DataQueryResponse } from '@grafana/data';
import type { Observable } from 'rxjs';

import type { RecordingsDataSource } from './RecordingsDataSource';
import { VariableEditor } from './VariableEditor';
import type { RecordingsQuery } from './query';

/** Variables whose values are those that recordings have: gateways, routes, consumers and so on. */
export class FieldVariables extends CustomVariableSupport<RecordingsDataSource, RecordingsQuery> {
  constructor(private readonly source: RecordingsDataSource) {
    super();
  }

  editor = VariableEditor;

  query(request: DataQueryRequest<RecordingsQuery>): Observable<DataQueryResponse> {
    const targets = request.targets.map((target) => ({
      ...target,
      refId: target.refId || 'values',
      queryType: 'values' as const,
      field: target.field ?? 'gateways',
    }));
    return this.source.query({ ...request, targets });
  }

  getDefaultQuery(): Partial<RecordingsQuery> {
    return { queryType: 'values', field: 'gateways', filter: {} };
  }
}
