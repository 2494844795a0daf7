import type { IconName } from '@grafana/data';
import type { PluginJson } from '../boot';

/** One page of the app in the navigation. */
export interface NavigationItem {
  text: string;
  url: string;
  icon?: IconName;
}

const order = ['Viewer', 'Editor', 'Admin'];

/** The app's own plugin.json. */
export function appJson(): PluginJson {
  return window.previewHost.plugins[0].json;
}

/** Where the app's configuration page is. */
export function configUrl() {
  return `/plugins/${appJson().id}`;
}

/** The pages that plugin.json puts into the navigation for a role. */
export function navigationItems(role: string): NavigationItem[] {
  return (appJson().includes ?? [])
    .filter((one) => one.type === 'page' && one.addToNav && one.path)
    .filter((one) => order.indexOf(role) >= order.indexOf(one.role ?? 'Viewer'))
    .map((one) => ({ text: one.name, url: one.path!, icon: one.icon as IconName | undefined }));
}

/** The pages of Grafana's own on which the nested plugins show: dashboards, Explore, the settings of data sources. */
export function nestedItems(role: string, dashboards: Array<{ title: string; url: string }>): NavigationItem[] {
  const sources = window.previewHost.plugins.filter((one) => one.json.type === 'datasource');
  return [
    ...dashboards.map(({ title, url }): NavigationItem => ({ text: title, url, icon: 'apps' })),
    ...(sources.length > 0 ? [{ text: 'Explore', url: '/explore', icon: 'compass' } as const] : []),
    ...(role === 'Admin' ? sources : []).map(
      ({ json }): NavigationItem => ({ text: json.name, url: `/connections/datasources/edit/${json.id}`, icon: 'database' })
    ),
  ];
}

/** Where the app begins. */
export function homeUrl(): string {
  const pages = appJson().includes?.filter((one) => one.type === 'page') ?? [];
  return pages.find((one) => one.defaultNav)?.path ?? pages[0]?.path ?? `/a/${appJson().id}`;
}

/** The item that a path belongs to: the one with the longest address that begins it. */
export function activeItem(items: NavigationItem[], path: string): NavigationItem | undefined {
  return items
    .filter((item) => {
      const { pathname } = new URL(item.url, window.location.origin);
      return path === pathname || path.startsWith(`${pathname}/`);
    })
    .sort((a, b) => b.url.length - a.url.length)[0];
}
