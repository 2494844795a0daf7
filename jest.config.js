// Times are formatted in the local time zone: the same everywhere under test.
process.env.TZ = 'UTC';

const grafana = require('./.config/jest.config');

const [swc] = Object.values(grafana.transform);

module.exports = {
  ...grafana,
  // Whole pages take seconds to render on a busy machine.
  testTimeout: 30_000,
  moduleNameMapper: { ...grafana.moduleNameMapper, 'react-inlinesvg': '<rootDir>/src/testing/inlineSvg.tsx' },
  // Some packages ship .mjs only, which the scaffold's transform leaves out.
  transform: { ...grafana.transform, '^.+\\.mjs$': swc },
};
