import { usePluginContext } from '@grafana/data';

import { canReadBodies } from '../api/user';
import type { AppSettings } from '../types/appSettings';

/** Whether the user may read contents of recordings, by the app's configuration. */
export function useCanReadBodies(): boolean {
  const settings: AppSettings | undefined = usePluginContext()?.meta.jsonData;
  return canReadBodies(settings?.readBodiesRole);
}
