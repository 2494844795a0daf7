import { expect, test } from './fixtures';
import { testIds } from '../src/components/testIds';

const ids = testIds.live;

test.describe('Live', () => {
  test('moves on by itself, and shows a failure of the gateway within seconds', async ({ page, stack }) => {
    await stack.open('live');
    await expect(page.getByTestId(ids.connection)).toHaveAttribute('data-connection', 'live');
    await expect(page.getByTestId(ids.routes)).toContainText('/');
    await expect(page.getByTestId(ids.instances).locator('tbody tr')).toHaveCount(1);
    await stack.put('/scenarios/mode', { mode: 'error', error_rate: 1 });
    await expect(page.getByTestId(ids.scenario)).toHaveAttribute('data-mode', 'error');
    await expect
      .poll(async () => figure(await page.getByTestId(ids.figure('injected')).innerText()))
      .toBeGreaterThan(50);
    await expect.poll(async () => figure(await page.getByTestId(ids.figure('errors')).innerText())).toBeGreaterThan(50);
  });

  test('stands still while it is paused', async ({ page, stack }) => {
    await stack.open('live');
    await expect(page.getByTestId(ids.connection)).toHaveAttribute('data-connection', 'live');
    await page.getByTestId(ids.pause).click();
    await expect(page.getByTestId(ids.connection)).toHaveAttribute('data-connection', 'paused');
    const before = await page.getByTestId(ids.figure('injected')).innerText();
    await stack.put('/scenarios/mode', { mode: 'error', error_rate: 1 });
    // The scenario is told at once, paused or not: what was switched must never be hidden.
    await expect(page.getByTestId(ids.scenario)).toHaveAttribute('data-mode', 'error');
    expect(await page.getByTestId(ids.figure('injected')).innerText()).toBe(before);
    await page.getByTestId(ids.pause).click();
    await expect
      .poll(async () => figure(await page.getByTestId(ids.figure('injected')).innerText()))
      .toBeGreaterThan(50);
  });

  test('returns to healthy from its head', async ({ page, stack }) => {
    await stack.put('/scenarios/mode', { mode: 'error', error_rate: 1 });
    await stack.open('live');
    await page.getByTestId(testIds.scenarioBadge.stop).click();
    await expect(page.getByTestId(testIds.scenarioBadge.container)).toHaveAttribute('data-mode', 'healthy');
    await expect.poll(() => stack.errorShare(10)).toBeLessThan(0.5);
  });
});

/** The number of a figure such as "85.2 %". */
function figure(text: string): number {
  return Number.parseFloat(text);
}
