import './boot';

// Apart from boot, so that nothing of Grafana is evaluated before it.
void import('./start').then(({ start }) => start());
