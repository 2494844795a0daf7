import { ThemeContext } from '@grafana/data';
import { config, locationService, LocationServiceProvider } from '@grafana/runtime';
import { GlobalStyles, ModalRoot, ModalsProvider, PortalContainer, TimeRangeProvider } from '@grafana/ui';
import { Navigate, Route, Routes } from 'react-router';
import { AppPage } from './AppPage';
import { ConfigPage } from './ConfigPage';
import { DashboardPage } from './DashboardPage';
import { DataSourcePage } from './DataSourcePage';
import { ExplorePage } from './ExplorePage';
import { Router } from './Router';
import { Shell } from './Shell';
import { Toasts } from './Toasts';
import { appJson, configUrl, homeUrl } from './navigation';

/** The page: Grafana's theme, contexts and frame around the plugin. */
export function Preview() {
  return (
    <ThemeContext.Provider value={config.theme2}>
      <GlobalStyles />
      <LocationServiceProvider service={locationService}>
        <Router>
          <ModalsProvider>
            <TimeRangeProvider>
              <Shell>
                <Routes>
                  <Route path={`/a/${appJson().id}/*`} element={<AppPage />} />
                  <Route path={configUrl()} element={<ConfigPage />} />
                  <Route path="/d/:uid" element={<DashboardPage />} />
                  <Route path="/explore" element={<ExplorePage />} />
                  <Route path="/connections/datasources/edit/:uid" element={<DataSourcePage />} />
                  <Route path="*" element={<Navigate to={homeUrl()} replace />} />
                </Routes>
              </Shell>
            </TimeRangeProvider>
            <ModalRoot />
          </ModalsProvider>
        </Router>
        <Toasts />
        <PortalContainer />
      </LocationServiceProvider>
    </ThemeContext.Provider>
  );
}
