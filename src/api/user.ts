import { config } from '@grafana/runtime';

import { BASIC_ROLES, type BasicRole } from '../types/appSettings';

/**
 * Whether the user may change scenarios. Only for what is shown: the backend checks again.
 */
export function canWrite(): boolean {
  const role = config.bootData?.user?.orgRole;
  return role === 'Editor' || role === 'Admin';
}

/**
 * Whether the user may read bodies, headers and messages, where that takes a role (absent is Viewer, which everybody has who
 * sees a page). Only for what is shown: the backend checks again.
 */
export function canReadBodies(least: BasicRole = 'Viewer'): boolean {
  const roles: readonly string[] = BASIC_ROLES;
  return least === 'Viewer' || roles.indexOf(config.bootData?.user?.orgRole ?? '') >= roles.indexOf(least);
}

/** Whether the user may open the configuration of the app. */
export function canConfigure(): boolean {
  const user = config.bootData?.user;
  return Boolean(user?.isGrafanaAdmin) || user?.orgRole === 'Admin';
}
