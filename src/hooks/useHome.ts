import { usePluginContext } from '@grafana/data';

import type { AppSettings } from '../types/appSettings';
import type { Home } from '../types/collectorConnection';

/** Where recordings and scenarios are, by the app's configuration. */
export function useHome(): Home {
  const settings: AppSettings | undefined = usePluginContext()?.meta.jsonData;
  return settings?.collectorUrl ? 'collector' : 'database';
}
