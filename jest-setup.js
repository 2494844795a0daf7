// Jest setup provided by Grafana scaffolding
import './.config/jest-setup';

// jsdom has no layout: observers that Grafana's components need never fire there.
class NeverObserves {
  observe() {}
  unobserve() {}
  disconnect() {}
  takeRecords() {
    return [];
  }
}
global.ResizeObserver ??= NeverObserves;
global.IntersectionObserver ??= NeverObserves;
