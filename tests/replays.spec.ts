import { expect, test } from './fixtures';
import { testIds } from '../src/components/testIds';

const ids = testIds.replays;

test.describe('Replays', () => {
  test('of what a filter has run as a job to its end, and say what was answered otherwise', async ({ page, stack }) => {
    // Recorded while all fails, so that the replays, which no scenario meets, are answered otherwise.
    await stack.put('/scenarios/mode', { mode: 'error', error_rate: 1, status_codes: [508] });
    await expect.poll(() => stack.status('/products/p-3')).toBe(508);
    await stack.heal();
    await stack.recorded({ path: '/products/p-3', statuses: ['508'] });
    await stack.open('recordings?status=508&path=/products/p-3', 'Editor');
    await expect(page.getByTestId(testIds.recordings.row).first()).toBeVisible();
    await page.getByTestId(ids.start).click();
    await page.getByTestId(ids.field('limit')).fill('1');
    await page.getByTestId(ids.field('name')).fill('Once more');
    await page.getByTestId(ids.begin).click();

    const details = page.getByTestId(ids.details);
    await expect(page.getByRole('dialog')).toContainText('Done', { timeout: 35_000 });
    await expect(details).toContainText('one after another');
    const result = details.getByTestId(ids.result);
    await expect(result).toHaveAttribute('data-outcome', 'different');
    await expect(result).toContainText('508 → 200');
    await expect(result).toContainText('GET /products/p-3');

    await page.keyboard.press('Escape');
    const job = page.getByTestId(ids.job).first();
    await expect(job).toContainText('Once more');
    await expect(job).toContainText('1 of 1');
  });

  test('keep what was typed where the answer is no', async ({ page, stack }) => {
    await stack.status('/products/p-2');
    await stack.recorded({ path: '/products/p-2' });
    await stack.open('recordings?path=/products/p-2', 'Editor');
    await page.getByTestId(ids.start).click();
    await page.getByTestId(ids.field('limit')).fill('20000');
    await page.getByTestId(ids.begin).click();
    await expect(page.getByTestId(ids.refused)).toContainText('must be between 1 and 10000');
    await expect(page.getByTestId(ids.field('limit'))).toHaveValue('20000');
  });

  test('are shown to viewers, and not offered to them', async ({ page, stack }) => {
    await stack.status('/products/p-2');
    await stack.recorded({ path: '/products/p-2' });
    await stack.open('recordings?path=/products/p-2', 'Viewer');
    await expect(page.getByTestId(testIds.recordings.row).first()).toBeVisible();
    await expect(page.getByTestId(ids.start)).toHaveAttribute('aria-disabled', 'true');
    await page.getByRole('link', { name: 'Replays' }).first().click();
    await expect(page.getByTestId(ids.container)).toBeVisible();
  });
});
