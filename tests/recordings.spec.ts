import { expect, test } from './fixtures';
import { testIds } from '../src/components/testIds';

const ids = testIds.recordings;

test.describe('Recordings', () => {
  test('lists what passed through the gateway, and opens one', async ({ page, stack }) => {
    const path = `/search?q=anvil&once=${Date.now()}`;
    await stack.status(path);
    await stack.open('recordings?path=/search');
    await expect(page.getByTestId(ids.table)).toBeVisible();
    await expect(page.getByTestId(ids.row).first()).toContainText('/search');

    await page.getByTestId(ids.open).first().click();
    const drawer = page.getByTestId(testIds.recording.drawer);
    await expect(drawer).toBeVisible();
    await expect(page.getByRole('dialog')).toContainText('GET');
    await expect(drawer).toContainText('/search');
    // The address leads back to the same recording.
    const address = page.url();
    await page.goto(address);
    await expect(page.getByTestId(testIds.recording.drawer)).toContainText('/search');
  });

  test('filters by status and mode, and says what was injected', async ({ page, stack }) => {
    await stack.put('/scenarios/mode', { mode: 'error', error_rate: 1, status_codes: [507] });
    await expect.poll(() => stack.status(), { timeout: 5_000 }).toBe(507);
    await stack.heal();
    await stack.open('recordings?status=507&mode=error');
    await expect(page.getByTestId(ids.row).first()).toContainText('507');
    for (const row of await page.getByTestId(ids.row).all()) {
      await expect(row).toContainText('507');
    }
    await page.getByTestId(ids.open).first().click();
    await expect(page.getByTestId(testIds.recording.injected)).toContainText('507');
  });

  test('says so where nothing matches', async ({ page, stack }) => {
    await stack.open('recordings?path=/there-is-no-such-path');
    await expect(page.getByTestId(ids.empty)).toBeVisible();
  });
});
