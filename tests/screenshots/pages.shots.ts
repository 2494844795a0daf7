import { expect, test } from '../fixtures';
import { testIds } from '../../src/components/testIds';

/** How long the traffic runs, so that the charts tell a story: healthy, then errors, then healthy again. */
const phase = 25_000;

for (const theme of ['dark', 'light'] as const) {
  test(`pages in ${theme}`, async ({ page, stack }) => {
    await stack.open(`control-center?theme=${theme}`);
    await page.waitForTimeout(phase);
    await stack.put('/scenarios/mode', { mode: 'error', error_rate: 0.4, status_codes: [500, 503], reason: 'Game day: the shop without its storage', expires_in: '15m' });
    await page.waitForTimeout(phase);
    await expect(page.getByTestId(testIds.controlCenter.mode('error'))).toHaveAttribute('aria-checked', 'true');
    await page.screenshot({ path: `docs/images/control-center-${theme}.png` });

    await stack.open(`recordings?theme=${theme}`);
    await expect(page.getByTestId(testIds.recordings.row).first()).toBeVisible();
    await page.screenshot({ path: `docs/images/recordings-${theme}.png` });

    await stack.open(`recordings?theme=${theme}&injected=true`);
    await page.getByTestId(testIds.recordings.open).first().click();
    await expect(page.getByTestId(testIds.recording.injected)).toBeVisible();
    await page.screenshot({ path: `docs/images/recording-${theme}.png` });
  });
}
