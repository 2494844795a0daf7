// Must be imported before anything of Grafana, which reads the boot data while it loads.

/** What the host tells the page besides Grafana's own boot data. */
export interface PreviewHost {
  plugins: Array<{ module: string; baseUrl: string; json: PluginJson }>;
  role: string;
  roles: string[];
  roleCookie: string;
  app: { enabled: boolean; pinned: boolean; jsonData: Record<string, unknown> };
}

/** The parts of a plugin.json that the page uses. */
export interface PluginJson {
  id: string;
  name: string;
  type: string;
  info: { version: string; description?: string; logos: { small: string; large: string } };
  includes?: Array<{ type: string; name: string; path?: string; icon?: string; role?: string; addToNav?: boolean; defaultNav?: boolean }>;
  [key: string]: unknown;
}

declare global {
  interface Window {
    previewHost: PreviewHost;
    grafanaBootData?: any;
  }
}

export type ThemeName = 'dark' | 'light';

const themeKey = 'preview.theme';

function chosenTheme(): ThemeName {
  const asked = new URLSearchParams(window.location.search).get('theme');
  if (asked === 'light' || asked === 'dark') {
    window.localStorage.setItem(themeKey, asked);
    return asked;
  }
  return window.localStorage.getItem(themeKey) === 'light' ? 'light' : 'dark';
}

/** Shows the page again in the other theme. As in Grafana, a theme is chosen while the page loads. */
export function chooseTheme(theme: ThemeName) {
  window.localStorage.setItem(themeKey, theme);
  const url = new URL(window.location.href);
  url.searchParams.delete('theme');
  window.location.replace(url);
}

/** Shows the page again as a user with another role. */
export function chooseRole(role: string) {
  document.cookie = `${window.previewHost.roleCookie}=${role}; path=/; samesite=strict`;
  window.location.reload();
}

const theme = chosenTheme();
window.grafanaBootData.user.theme = theme;
window.grafanaBootData.user.lightTheme = theme === 'light';
document.documentElement.style.colorScheme = theme;
document.documentElement.style.background = theme === 'light' ? '#f4f5f5' : '#111217';
document.body.classList.add(`theme-${theme}`);
