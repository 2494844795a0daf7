import { locationService } from '@grafana/runtime';
import { useLayoutEffect, useState, type ReactNode } from 'react';
import { NavigationType, Router as BaseRouter, type Navigator, type To } from 'react-router';

const history = locationService.getHistory();

/** React Router 6 writes to Grafana's one history, as Grafana's own page does it. */
const navigator: Navigator = {
  createHref: (to: To) => (typeof to === 'string' ? to : `${to.pathname ?? ''}${to.search ?? ''}${to.hash ?? ''}`),
  go: (by: number) => history.go(by),
  push: (to: To, state: unknown) => history.push(to as any, state),
  replace: (to: To, state: unknown) => history.replace(to as any, state),
};

/** Gives what is inside Grafana's location. */
export function Router({ children }: { children: ReactNode }) {
  const [{ location, action }, set] = useState({ location: history.location, action: history.action });
  useLayoutEffect(() => history.listen((location: typeof history.location, action: typeof history.action) => set({ location, action })), []);
  return (
    <BaseRouter location={{ ...location, state: location.state ?? null, key: location.key ?? 'default' }} navigationType={action as NavigationType} navigator={navigator}>
      {children}
    </BaseRouter>
  );
}
