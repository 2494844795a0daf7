import { expect, test } from './fixtures';
import { testIds } from '../src/components/testIds';

test.describe('Replay', () => {
  test('of a failure that was injected shows how the real answer differs', async ({ page, stack }) => {
    await stack.put('/scenarios/mode', { mode: 'error', error_rate: 1, status_codes: [507] });
    await expect.poll(() => stack.status('/products/p-2')).toBe(507);
    await stack.heal();
    await stack.open('recordings?status=507&path=/products/p-2');
    await page.getByTestId(testIds.recordings.open).first().click();
    await page.getByTestId(testIds.recording.tab('replay')).click();
    await page.getByTestId(testIds.replay.start).click();
    const result = page.getByTestId(testIds.replay.result);
    await expect(result).toHaveAttribute('data-equal', 'false', { timeout: 35_000 });
    await expect(page.getByTestId(testIds.replay.verdict)).toContainText('507');
    await expect(page.getByTestId(testIds.replay.verdict)).toContainText('200');
  });

  test('is not offered to viewers', async ({ page, stack }) => {
    await stack.status('/products/p-2');
    await stack.open('recordings?path=/products/p-2&method=GET', 'Viewer');
    await page.getByTestId(testIds.recordings.open).first().click();
    await page.getByTestId(testIds.recording.tab('replay')).click();
    await expect(page.getByTestId(testIds.replay.start)).toHaveAttribute('aria-disabled', 'true');
  });

  test('under two scenarios shows both answers beside the recorded one', async ({ page, stack }) => {
    await stack.status('/products/p-4');
    await stack.recorded({ path: '/products/p-4', statuses: ['200'] });
    await stack.open('recordings?status=200&path=/products/p-4', 'Editor');
    await page.getByTestId(testIds.recordings.open).first().click();
    await page.getByTestId(testIds.recording.tab('replay')).click();
    const scenarios = page.getByTestId(testIds.replay.scenarios).getByRole('combobox');
    for (const name of ['production', 'high-load']) {
      await scenarios.fill(name);
      await page.getByRole('option', { name }).click();
    }
    // Escape closes the list, not the recording.
    await scenarios.press('Escape');
    await page.getByTestId(testIds.replay.start).click();
    const runs = page.getByTestId(testIds.replay.run);
    await expect(runs).toHaveCount(2, { timeout: 35_000 });
    await expect(runs.nth(0)).toContainText('production');
    await expect(runs.nth(1)).toContainText('high-load');
    await expect(page.getByTestId(testIds.replay.result)).toBeVisible();
    await page.getByRole('tab', { name: 'high-load' }).click();
    await expect(page.getByTestId(testIds.replay.result)).toBeVisible();
  });
});
