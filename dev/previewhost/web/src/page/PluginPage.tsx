import { css } from '@emotion/css';
import { PageLayoutType, type GrafanaTheme2, type NavModelItem } from '@grafana/data';
import type { PluginPageProps } from '@grafana/runtime';
import { Tab, TabsBar, useStyles2 } from '@grafana/ui';
import { useEffect } from 'react';
import { useLocation } from 'react-router';
import { activeItem, appJson, navigationItems } from './navigation';

/** Grafana's frame of a plugin's page: title, subtitle, actions and tabs above the content. */
export function PluginPage({ children, info, actions, pageNav, renderTitle, subTitle, layout = PageLayoutType.Standard }: PluginPageProps) {
  const styles = useStyles2(getStyles);
  const { pathname } = useLocation();
  const item: NavModelItem | undefined = pageNav ?? activeItem(navigationItems(window.previewHost.role), pathname);
  const title = item?.text ?? appJson().name;
  useEffect(() => {
    document.title = `${title} - ${appJson().name} - Preview`;
  }, [title]);
  if (layout === PageLayoutType.Custom) {
    return <div className={styles.custom}>{children}</div>;
  }
  const sub = subTitle ?? item?.subTitle;
  const tabs = pageNav?.children?.filter((one) => !one.hideFromTabs) ?? [];
  return (
    <div className={styles.standard}>
      <div className={styles.header}>
        <div className={styles.row}>
          <div className={styles.title}>
            {item?.img && <img className={styles.image} src={item.img} alt="" />}
            {renderTitle ? renderTitle(title) : <h1 className={styles.heading}>{title}</h1>}
          </div>
          {info && info.length > 0 && (
            <div className={styles.info}>
              {info.map((one, i) => (
                <div key={i}>
                  <div className={styles.label}>{one.label}</div>
                  <div>{one.value}</div>
                </div>
              ))}
            </div>
          )}
          <div className={styles.actions}>{actions}</div>
        </div>
        {sub && <div className={styles.sub}>{sub}</div>}
      </div>
      {tabs.length > 0 && (
        <TabsBar className={styles.tabs}>
          {tabs.map((tab, i) => (
            <Tab key={i} label={tab.text} icon={tab.icon as any} active={tab.active} href={tab.url} onChangeTab={tab.onClick as any} counter={tab.tabCounter} />
          ))}
        </TabsBar>
      )}
      <div className={styles.content}>{children}</div>
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  custom: css({ flex: '1 1 0', minHeight: 0, display: 'flex', flexDirection: 'column' }),
  standard: css({
    flex: '1 1 0',
    display: 'flex',
    flexDirection: 'column',
    minWidth: 0,
    background: theme.colors.background.primary,
    padding: theme.spacing(2),
    [theme.breakpoints.up('md')]: { padding: theme.spacing(4) },
  }),
  header: css({ marginBottom: theme.spacing(2) }),
  row: css({ display: 'flex', flexWrap: 'wrap', alignItems: 'center', justifyContent: 'space-between', gap: theme.spacing(1, 3) }),
  title: css({ display: 'flex', alignItems: 'center', gap: theme.spacing(1), minWidth: 0 }),
  heading: css({ margin: 0 }),
  image: css({ width: 32, height: 32 }),
  info: css({ display: 'flex', gap: theme.spacing(3) }),
  label: css({ color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize }),
  actions: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(1, 2) }),
  sub: css({ color: theme.colors.text.secondary, marginTop: theme.spacing(1) }),
  tabs: css({ marginBottom: theme.spacing(2) }),
  content: css({ flex: '1 1 auto', display: 'flex', flexDirection: 'column', minWidth: 0 }),
});
