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

  test('filters a consumer out, and lets it back in', async ({ page, request, stack }) => {
    const [loud, quiet] = ['loud', 'quiet'];
    const path = `/products/of-two-${Date.now()}`;
    for (const consumer of [loud, quiet]) {
      await request.get(stack.endpoints.gateway + path, { headers: { 'X-Consumer': consumer } });
    }
    await stack.recorded({ path }, 2);
    await stack.open(`recordings?path=${path}`);
    await expect(page.getByTestId(ids.row)).toHaveCount(2);
    await page.getByTestId(ids.row).filter({ hasText: loud }).getByTestId(ids.open).click();
    await page.getByTestId(testIds.recording.filterOut('consumers')).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
    await expect(page.getByTestId(ids.row)).toHaveCount(1);
    await expect(page.getByTestId(ids.row)).toContainText(quiet);
    await expect(page.getByTestId(ids.excluded)).toContainText(`consumer ${loud}`);
    await page.getByTestId(ids.excluded).getByRole('button').click();
    await expect(page.getByTestId(ids.row)).toHaveCount(2);
  });

  test('are tagged by editors, and found by their tag', async ({ page, stack }) => {
    const tag = `odd-${Date.now()}`;
    await stack.status('/users/3');
    await stack.recorded({ path: '/users/3' });
    await stack.open('recordings?path=/users/3', 'Editor');
    await page.getByTestId(ids.open).first().click();
    const tagged = page.waitForResponse((response) => response.url().endsWith('/tags') && response.ok());
    await page.getByTestId(testIds.recording.tags).getByRole('textbox').fill(tag);
    await page.keyboard.press('Enter');
    await tagged;
    await stack.open(`recordings?tag=${tag}`, 'Viewer');
    await expect(page.getByTestId(ids.row)).toHaveCount(1);
    await page.getByTestId(ids.open).click();
    await expect(page.getByTestId(testIds.recording.drawer)).toContainText(tag);
    await expect(page.getByTestId(testIds.recording.tags)).toHaveCount(0);
  });

  test('become mocks', async ({ page, stack }) => {
    await stack.status('/users/4');
    await stack.recorded({ path: '/users/4', statuses: ['200'] });
    await stack.open('recordings?path=/users/4&status=200');
    await page.getByTestId(ids.open).first().click();
    await page.getByTestId(testIds.recording.more).click();
    await page.getByTestId(testIds.recording.makeMock).click();
    const mock = page.getByTestId(testIds.recording.mock);
    await expect(mock).toContainText('mocks:');
    await expect(mock).toContainText("path: '/users/4'");
    // Escape closes the innermost.
    await page.keyboard.press('Escape');
    await expect(mock).toHaveCount(0);
    await expect(page.getByTestId(testIds.recording.drawer)).toBeVisible();
  });
});
