import { defineConfig, devices } from '@playwright/test';

import { storage } from './tests/demo';

/**
 * Browser tests against a demo of their own, which tests/demo.ts starts with the storage of MOCKFORGE_DEMO_STORAGE. `go tool mage testBrowser` builds what they need
 * and names a browser in MOCKFORGE_CHROMIUM.
 */
export default defineConfig({
  testDir: './tests',
  testIgnore: 'screenshots/**',
  globalSetup: './tests/demo.ts',
  // One gateway with one scenario: tests that switch it would meet each other.
  workers: 1,
  fullyParallel: false,
  forbidOnly: Boolean(process.env.CI),
  retries: 0,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  outputDir: `.demo/test-results/${storage}`,
  reporter: [
    ['list'],
    ['json', { outputFile: process.env.PLAYWRIGHT_JSON_OUTPUT_FILE ?? '.demo/reports/playwright.json' }],
  ],
  use: {
    ...devices['Desktop Chrome'],
    viewport: { width: 1440, height: 900 },
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: process.env.MOCKFORGE_CHROMIUM || undefined,
      args: [
        // Containers run as root, without the namespaces that the sandbox needs.
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
});
