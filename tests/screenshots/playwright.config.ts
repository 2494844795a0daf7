import path from 'node:path';
import { defineConfig } from '@playwright/test';

import base from '../../playwright.config';

/** Takes the screenshots of README and docs: `go tool mage screenshots`. */
export default defineConfig({
  ...base,
  testDir: '.',
  testIgnore: [],
  testMatch: '*.shots.ts',
  globalSetup: path.resolve(__dirname, '../demo.ts'),
  outputDir: path.resolve(__dirname, '../../.demo/screenshots'),
  reporter: 'list',
  timeout: 300_000,
  use: { ...base.use, viewport: { width: 1600, height: 1000 } },
});
