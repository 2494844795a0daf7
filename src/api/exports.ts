import { config } from '@grafana/runtime';

import { PLUGIN_ID } from '../constants';
import type { Filter } from '../types/recording';
import { queryString } from './client';

/** The formats of an export. */
export type ExportFormat = 'har' | 'jsonl' | 'csv' | 'openapi' | 'k6' | 'curl' | 'mocks';

/** The address from which the browser downloads the recordings of a filter. */
export function exportUrl(filter: Filter, format: ExportFormat, limit?: number): string {
  return resource('export', { ...filter, format, limit });
}

/** The address from which the browser downloads one recording. */
export function recordingExportUrl(id: string, format: ExportFormat): string {
  return resource(`${encodeURIComponent(id)}/export`, { format });
}

function resource(path: string, params: Parameters<typeof queryString>[0]): string {
  return `${config.appSubUrl ?? ''}/api/plugins/${PLUGIN_ID}/resources/recordings/${path}${queryString(params)}`;
}
