import type { Page } from '@playwright/test';

import { testIds } from '../../src/components/testIds';
import { expect, test } from '../fixtures';

/** How long traffic runs before the first picture: charts of a few seconds, and patterns of none, tell nothing. */
const history = 100_000;
/** How long a scenario is in force before its picture. */
const effect = 30_000;

test('history of traffic', async ({ page, stack }) => {
  await page.waitForTimeout(history / 2);
  await stack.put('/scenarios/mode', { mode: 'degraded', latency_multiplier: 4, reason: 'How do clients wait?' });
  await page.waitForTimeout(20_000);
  await stack.heal();
  await page.waitForTimeout(history / 2);
});

for (const theme of ['dark', 'light'] as const) {
  test(`pages in ${theme}`, async ({ page, stack }) => {
    const shoot = async (name: string) => {
      await settle(page);
      await page.screenshot({ path: `docs/images/${name}-${theme}.png` });
    };

    await stack.open(`control-center?theme=${theme}`);
    await expect(page.getByTestId(testIds.controlCenter.impact)).toBeVisible();
    await stack.put('/scenarios/mode', {
      mode: 'error',
      error_rate: 0.4,
      status_codes: [500, 503],
      reason: 'Game day: the shop without its storage',
      expires_in: '15m',
    });
    await page.waitForTimeout(effect);
    await expect(page.getByTestId(testIds.controlCenter.mode('error'))).toHaveAttribute('aria-checked', 'true');
    await shoot('control-center');

    await page.getByTestId(testIds.rules.add).click();
    const editor = page.getByTestId(testIds.rules.editor);
    await editor.getByTestId(testIds.rules.field('name')).fill('payments-at-peak');
    await editor.getByTestId(testIds.rules.field('path')).fill('/payments/**');
    await editor.getByTestId(testIds.faults.pick('Slow network')).click();
    await editor.getByTestId(testIds.faults.add).getByRole('combobox').fill('Blackout');
    await page.getByRole('option', { name: 'Blackout' }).click();
    await expect(editor.getByTestId(testIds.faults.schedulePreview)).toBeVisible();
    await editor.getByTestId(testIds.faults.toggle(0)).evaluate((row) => row.scrollIntoView({ block: 'start' }));
    await shoot('faults');

    await stack.open(`live?theme=${theme}`);
    await expect(page.getByTestId(testIds.live.routes)).toBeVisible();
    await shoot('live');

    await stack.open(`recordings?theme=${theme}`);
    await expect(page.getByTestId(testIds.recordings.row).first()).toBeVisible();
    await shoot('recordings');

    await stack.open(`recordings?theme=${theme}&injected=true&status=503`);
    await page.getByTestId(testIds.recordings.open).first().click();
    await expect(page.getByTestId(testIds.recording.injected)).toBeVisible();
    await shoot('recording');

    const job = await stack.replay({
      name: 'Same traffic on a bad day',
      filter: { path: '/users', injected: false },
      limit: 150,
      pace: { mode: 'rate', rate: 50 },
      scenario: { mode: 'error', error_rate: 0.2, status_codes: [503] },
      ignore_headers: ['Date', 'X-Request-Id', 'X-Served-By'],
    });
    await stack.open(`replays?theme=${theme}&job=${job}`);
    await expect(page.getByRole('dialog')).toContainText('Done');
    await page.locator('[data-outcome="different"] summary').first().click();
    await shoot('replays');

    await stack.open(`patterns?theme=${theme}`);
    await page.getByTestId(testIds.patterns.analyse).click();
    await expect(page.getByTestId(testIds.patterns.analyse)).toBeEnabled();
    await expect(page.getByTestId(testIds.patterns.pattern).first()).toBeVisible();
    await shoot('patterns');

    await stack.goto(`/d/mockforge-overview?theme=${theme}&from=now-5m&to=now`);
    await expect(page.getByText('req/s').first()).toBeVisible();
    await expect(page.locator('canvas').first()).toBeVisible();
    await shoot('dashboard');
  });
}

/** Waits until what a page asks for is drawn, and out of the way of the mouse. */
async function settle(page: Page) {
  await page.mouse.move(0, 0);
  await page.waitForTimeout(3_000);
}
