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

// Nor does it draw: enough of a canvas for components that measure their text.
HTMLCanvasElement.prototype.getContext = () => ({ font: '', measureText: (text) => ({ width: text.length * 8 }) });

// What a page shows after an answer of the backend comes in its own time: a busy machine is no failure.
const { configure } = require('@testing-library/react');
configure({ asyncUtilTimeout: 10_000 });
