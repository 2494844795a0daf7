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

// Nor does anything look at styles there, but Grafana's lists and drawers ask for those of each element, which jsdom finds
// by matching every rule: most of the time of a test. So no rule is put into the page.
jest.mock('@emotion/sheet', () => ({
  StyleSheet: class {
    constructor({ key }) {
      this.key = key;
      this.tags = [];
    }
    hydrate() {}
    insert() {}
    flush() {}
  },
}));

// Nor does it draw: enough of a canvas for components that measure their text.
HTMLCanvasElement.prototype.getContext = () => ({ font: '', measureText: (text) => ({ width: text.length * 8 }) });

// What a page shows after an answer of the backend comes in its own time: a busy machine is no failure.
const { configure } = require('@testing-library/react');
configure({ asyncUtilTimeout: 10_000 });
