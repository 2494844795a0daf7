import { config } from '@grafana/runtime';

import { PLUGIN_ID } from '../constants';
import type { Filter } from '../types/recording';
import { queryString } from './client';

/** The formats of an export. */
export type ExportFormat = 'har' | 'jsonl' | 'csv';

/** The address from which the browser downloads the recordings of a filter. */
export function exportUrl(filter: Filter, format: ExportFormat, limit?: number): string {
  const params = { ...filter, format, limit };
  return `${config.appSubUrl ?? ''}/api/plugins/${PLUGIN_ID}/resources/recordings/export${queryString(params)}`;
}
