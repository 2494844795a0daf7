import { css, cx } from '@emotion/css';
import type { GrafanaTheme2, IconName } from '@grafana/data';
import { getBackendSrv, locationService } from '@grafana/runtime';
import { Icon, IconButton, RadioButtonGroup, useStyles2, useTheme2 } from '@grafana/ui';
import { useEffect, useState, type MouseEvent, type ReactNode } from 'react';
import { useLocation } from 'react-router';
import { chooseRole, chooseTheme } from '../boot';
import { activeItem, appJson, configUrl, homeUrl, navigationItems, nestedItems } from './navigation';

/** The frame around every page: navigation, breadcrumbs, and the choice of role and theme. */
export function Shell({ children }: { children: ReactNode }) {
  const styles = useStyles2(getStyles);
  const theme = useTheme2();
  const { pathname } = useLocation();
  const [open, setOpen] = useState(false);
  const { role, roles } = window.previewHost;
  const items = navigationItems(role);
  const [dashboards, setDashboards] = useState<Array<{ title: string; url: string }>>([]);
  useEffect(() => {
    getBackendSrv()
      .get('/api/search', undefined, undefined, { showErrorAlert: false })
      .then(setDashboards, () => {});
  }, []);
  const nested = nestedItems(role, dashboards);
  const current = activeItem([...items, ...nested], pathname);
  const logo = `/${window.previewHost.plugins[0].baseUrl}/${appJson().info.logos.small}`;

  // As in Grafana: a link inside the page changes the location, it does not load the page anew.
  const follow = (event: MouseEvent<HTMLElement>) => {
    const link = (event.target as HTMLElement).closest?.('a');
    const href = link?.getAttribute('href');
    if (event.defaultPrevented || !href || !href.startsWith('/') || href.startsWith('/api/') || href.startsWith('/public/')) {
      return;
    }
    if (link!.target || link!.hasAttribute('download') || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) {
      return;
    }
    event.preventDefault();
    setOpen(false);
    locationService.push(href);
  };

  return (
    <div className={styles.page} onClick={follow}>
      <header className={styles.bar}>
        <IconButton className={styles.toggle} name={open ? 'times' : 'bars'} aria-label="Open menu" onClick={() => setOpen(!open)} />
        <nav aria-label="Breadcrumbs" className={styles.crumbs}>
          <a href={homeUrl()} className={styles.crumb}>
            <img src={logo} alt="" className={styles.logo} />
            <span className={styles.appName}>{appJson().name}</span>
          </a>
          {current && (
            <>
              <Icon name="angle-right" />
              <span>{current.text}</span>
            </>
          )}
        </nav>
        <div className={styles.choices}>
          <RadioButtonGroup size="sm" aria-label="Role" value={role} options={roles.map((one) => ({ label: one, value: one }))} onChange={chooseRole} />
          <IconButton
            name="adjust-circle"
            tooltip={theme.isDark ? 'Light theme' : 'Dark theme'}
            aria-label={theme.isDark ? 'Light theme' : 'Dark theme'}
            onClick={() => chooseTheme(theme.isDark ? 'light' : 'dark')}
          />
        </div>
      </header>
      <div className={styles.below}>
        <nav aria-label="Pages" className={cx(styles.menu, open && styles.menuOpen)}>
          {items.map((item) => (
            <Item key={item.url} {...item} active={item === current} />
          ))}
          {role === 'Admin' && !items.some((item) => item.url.startsWith(configUrl())) && (
            <Item text="Plugin settings" url={configUrl()} icon="cog" active={pathname === configUrl()} />
          )}
          <div className={styles.divider} />
          {nested.map((item) => (
            <Item key={item.url} {...item} active={item === current} />
          ))}
          <div className={styles.note}>Preview host: the plugin outside Grafana</div>
        </nav>
        <main className={styles.main}>{children}</main>
      </div>
    </div>
  );
}

function Item({ text, url, icon, active }: { text: string; url: string; icon?: IconName; active: boolean }) {
  const styles = useStyles2(getStyles);
  return (
    <a href={url} className={cx(styles.item, active && styles.itemActive)} aria-current={active ? 'page' : undefined}>
      <Icon name={icon ?? 'apps'} />
      {text}
    </a>
  );
}

const menuWidth = 220;

const getStyles = (theme: GrafanaTheme2) => ({
  page: css({ minHeight: '100vh', display: 'flex', flexDirection: 'column', background: theme.colors.background.canvas }),
  bar: css({
    position: 'sticky',
    top: 0,
    zIndex: theme.zIndex.navbarFixed,
    height: 40,
    display: 'flex',
    alignItems: 'center',
    gap: theme.spacing(1),
    padding: theme.spacing(0, 2),
    background: theme.colors.background.primary,
    borderBottom: `1px solid ${theme.colors.border.weak}`,
  }),
  toggle: css({ [theme.breakpoints.up('lg')]: { display: 'none' } }),
  crumbs: css({ display: 'flex', alignItems: 'center', gap: theme.spacing(0.5), flex: 1, minWidth: 0, whiteSpace: 'nowrap', overflow: 'hidden' }),
  crumb: css({ display: 'flex', alignItems: 'center', gap: theme.spacing(1), color: theme.colors.text.secondary }),
  appName: css({ [theme.breakpoints.down('md')]: { display: 'none' } }),
  logo: css({ width: 20, height: 20 }),
  choices: css({ display: 'flex', alignItems: 'center', gap: theme.spacing(2) }),
  below: css({ flex: 1, display: 'flex', minWidth: 0 }),
  menu: css({
    width: menuWidth,
    flexShrink: 0,
    padding: theme.spacing(2, 1),
    borderRight: `1px solid ${theme.colors.border.weak}`,
    background: theme.colors.background.primary,
    display: 'flex',
    flexDirection: 'column',
    gap: 2,
    position: 'sticky',
    top: 40,
    height: 'calc(100vh - 40px)',
    [theme.breakpoints.down('lg')]: { display: 'none' },
  }),
  menuOpen: css({ [theme.breakpoints.down('lg')]: { display: 'flex', position: 'fixed', left: 0, zIndex: theme.zIndex.sidemenu, boxShadow: theme.shadows.z3 } }),
  item: css({
    display: 'flex',
    alignItems: 'center',
    gap: theme.spacing(1),
    padding: theme.spacing(1),
    borderRadius: theme.shape.radius.default,
    color: theme.colors.text.secondary,
    '&:hover': { background: theme.colors.action.hover, color: theme.colors.text.primary },
  }),
  itemActive: css({ background: theme.colors.action.selected, color: theme.colors.text.primary, boxShadow: `inset 3px 0 0 ${theme.colors.primary.main}` }),
  divider: css({ margin: theme.spacing(1), borderTop: `1px solid ${theme.colors.border.weak}` }),
  note: css({ marginTop: 'auto', padding: theme.spacing(1), color: theme.colors.text.disabled, fontSize: theme.typography.bodySmall.fontSize }),
  main: css({ flex: 1, minWidth: 0, display: 'flex', flexDirection: 'column' }),
});
