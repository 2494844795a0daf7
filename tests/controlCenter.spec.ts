import { expect, test } from './fixtures';
import { testIds } from '../src/components/testIds';

const ids = testIds.controlCenter;

/** A switch reaches the gateway within a second; the rest is room for slow machines. */
const soon = { timeout: 5_000, intervals: [50, 100, 200] };

test.describe('Control Center', () => {
  test('Error makes the gateway answer with errors, Healthy restores it', async ({ page, stack }) => {
    await stack.open('control-center');
    await page.getByTestId(ids.mode('error')).click();
    await expect.poll(() => stack.errorShare(10), soon).toBe(1);
    await expect(page.getByTestId(ids.mode('error'))).toHaveAttribute('aria-checked', 'true');
    await expect(page.getByTestId(ids.statusTitle)).toContainText(/error/i);

    await page.getByTestId(ids.mode('healthy')).click();
    await expect.poll(() => stack.errorShare(10), soon).toBeLessThan(0.5);
    await expect(page.getByTestId(ids.mode('healthy'))).toHaveAttribute('aria-checked', 'true');
  });

  test('an edited error rate and status code apply', async ({ page, stack }) => {
    await stack.put('/scenarios/mode', { mode: 'error', error_rate: 1, status_codes: [418] });
    await stack.open('control-center');
    await expect.poll(() => stack.status(), soon).toBe(418);
    const rate = page.getByTestId(ids.parameter('error_rate')).locator('input').last();
    await rate.fill('0');
    await rate.blur();
    await page.getByTestId(ids.apply).click();
    await expect.poll(() => stack.status(), soon).not.toBe(418);
  });

  test('Degraded slows the answers down', async ({ page, stack }) => {
    await stack.open('control-center');
    await page.getByTestId(ids.mode('degraded')).click();
    await expect(page.getByTestId(ids.mode('degraded'))).toHaveAttribute('aria-checked', 'true');
    // The floor is 50 ms times the multiplier, which is at least 2 by default.
    await expect
      .poll(async () => {
        const response = await page.request.get(`${stack.endpoints.gateway}/products/p-1`);
        return response.headers()['x-mockforge-fault'] ?? '';
      }, soon)
      .toMatch(/latency|stretch/);
  });

  test('Chaos injects faults, and the kill switch ends it', async ({ page, stack }) => {
    await stack.open('control-center');
    await page.getByTestId(ids.mode('chaos')).click();
    await expect(page.getByTestId(ids.mode('chaos'))).toHaveAttribute('aria-checked', 'true');
    // What chaos delays may take seconds by itself, and what it lets time out has no answer.
    await expect
      .poll(
        async () => {
          const url = `${stack.endpoints.gateway}/products/p-1`;
          const response = await page.request.get(url, { timeout: 10_000 }).catch(() => undefined);
          return response?.headers()['x-mockforge-fault'] ?? '';
        },
        { timeout: 25_000 }
      )
      .not.toBe('');
    await page.getByTestId(ids.stop).click();
    await expect(page.getByTestId(ids.mode('healthy'))).toHaveAttribute('aria-checked', 'true');
    await expect.poll(() => stack.errorShare(10), soon).toBeLessThan(0.5);
  });

  test('shows what others switch, and the live figures of the traffic', async ({ page, stack }) => {
    await stack.open('control-center');
    await expect(page.getByTestId(ids.impact)).toBeVisible();
    await expect(page.getByTestId(ids.instances)).toContainText('1 of 1');
    await expect.poll(async () => page.getByTestId(ids.impact).innerText(), { timeout: 20_000 }).toMatch(/\d/);
    await stack.put('/scenarios/mode', { mode: 'error', error_rate: 0.3 });
    await expect(page.getByTestId(ids.mode('error'))).toHaveAttribute('aria-checked', 'true');
  });

  test('a viewer sees everything and can switch nothing', async ({ page, stack }) => {
    await stack.open('control-center', 'Viewer');
    await expect(page.getByTestId(ids.readOnly)).toBeVisible();
    await expect(page.getByTestId(ids.mode('error'))).toHaveAttribute('aria-disabled', 'true');
    await page.getByTestId(ids.mode('error')).click({ force: true });
    await expect(page.getByTestId(ids.mode('healthy'))).toHaveAttribute('aria-checked', 'true');

    // The backend refuses too, whatever the page does.
    const status = await page.evaluate(async () => {
      const response = await fetch('/api/plugins/mockforge-observability-app/resources/scenarios/mode', {
        method: 'PUT',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ mode: 'error' }),
      });
      return response.status;
    });
    expect(status).toBe(403);
    expect(await stack.errorShare(5)).toBeLessThan(1);
  });
});
