import type { CollectorSecret } from '../types/collectorConnection';
import type { HealthStatus } from '../types/health';
import { PLUGIN_ID } from '../constants';
import { toApiError } from './ApiError';
import { fetchFrom } from './client';

/** The secrets of the app; only those that are to change are given. */
export type Secrets = Partial<Record<'dsn' | 'collectorToken' | CollectorSecret, string>>;

/** Stores the app's settings and enables it. Secrets that are not given stay as they are. */
export async function saveSettings(secureJsonData: Secrets, jsonData: object): Promise<void> {
  await fetchFrom('POST', `/api/plugins/${PLUGIN_ID}/settings`, {
    body: {
      enabled: true,
      pinned: true,
      jsonData,
      ...(Object.keys(secureJsonData).length > 0 && { secureJsonData }),
    },
  });
}

/** Asks the backend whether its database or collector answers. Never rejects: a failed check is an answer. */
export async function checkHealth(): Promise<HealthStatus> {
  try {
    const result = await fetchFrom<{ status?: string; message?: string }>('GET', `/api/plugins/${PLUGIN_ID}/health`);
    const ok = (result.status ?? '').toUpperCase() === 'OK';
    return { ok, message: result.message || (ok ? 'It answers.' : 'The check failed.') };
  } catch (thrown) {
    const error = toApiError(thrown);
    return { ok: false, message: error.message };
  }
}
