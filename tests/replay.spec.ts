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
});
