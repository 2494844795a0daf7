import { config } from '@grafana/runtime';

/**
 * Whether the user may change scenarios. Only for what is shown: the backend checks again.
 */
export function canWrite(): boolean {
  const role = config.bootData?.user?.orgRole;
  return role === 'Editor' || role === 'Admin';
}

/** Whether the user may open the configuration of the app. */
export function canConfigure(): boolean {
  const user = config.bootData?.user;
  return Boolean(user?.isGrafanaAdmin) || user?.orgRole === 'Admin';
}
