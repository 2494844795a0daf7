import type { Filter } from '../types/recording';
import { call, resourceUrl } from './client';

/** The formats of an export. */
export type ExportFormat = 'har' | 'jsonl' | 'csv' | 'openapi' | 'k6' | 'curl' | 'mocks';

/** The address from which the browser downloads the recordings of a filter. */
export function exportUrl(filter: Filter, format: ExportFormat, limit?: number): string {
  return resourceUrl('recordings/export', { ...filter, format, limit });
}

/** The address from which the browser downloads one recording. */
export function recordingExportUrl(id: string, format: ExportFormat): string {
  return resourceUrl(`recordings/${encodeURIComponent(id)}/export`, { format });
}

/** One recording as text, such as the stub that answers as it did. */
export function getRecordingExport(id: string, format: 'curl' | 'k6' | 'mocks', signal?: AbortSignal): Promise<string> {
  return call('GET', `recordings/${encodeURIComponent(id)}/export`, { params: { format }, signal });
}
