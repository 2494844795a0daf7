import type { Page } from '@playwright/test';

import { testIds } from '../src/components/testIds';
import { expect, test, type Stack } from './fixtures';

const panel = testIds.panel;
const query = testIds.datasource;
const source = 'mockforge-recordings-datasource';

/** A switch reaches the gateway within a second; the rest is room for slow machines. */
const soon = { timeout: 5_000, intervals: [50, 100, 200] };

/** Opens one of Grafana's own pages: a dashboard, Explore, the settings of a data source. */
async function visit(page: Page, stack: Stack, path: string, role = 'Admin') {
  await page.context().addCookies([{ name: 'preview_role', value: role, url: stack.endpoints.ui }]);
  await page.goto(stack.endpoints.ui + path);
}

/** Clicks one of a group of choices, and moves on, so that its tooltip is in nobody's way. */
async function choose(page: Page, name: string) {
  await page.getByRole('radio', { name, exact: true }).click();
  await page.mouse.move(0, 0);
}

test.describe('The scenario panel', () => {
  test('switches from a dashboard, and returns to healthy', async ({ page, stack }) => {
    await visit(page, stack, '/d/mockforge-overview', 'Editor');
    await expect(page.getByTestId(panel.state)).toHaveAttribute('data-mode', 'healthy');
    await page.getByTestId(panel.mode('error')).click();
    expect(await stack.errorShare(5)).toBeLessThan(1);
    await page.getByRole('dialog').getByRole('button', { name: 'Switch' }).click();
    await expect.poll(() => stack.errorShare(10), soon).toBe(1);
    await expect(page.getByTestId(panel.state)).toHaveAttribute('data-mode', 'error');
    await expect(page.getByTestId(panel.state)).toContainText(/by editor/);
    // The dashboard's panel switches for fifteen minutes.
    await expect(page.getByTestId(panel.state)).toContainText(/1[45]:\d\d/);

    await page.getByTestId(panel.mode('healthy')).click();
    await expect.poll(() => stack.errorShare(10), soon).toBeLessThan(0.5);
    await expect(page.getByTestId(panel.state)).toHaveAttribute('data-mode', 'healthy');
  });

  test('shows a viewer what others switch, and lets nothing be switched', async ({ page, stack }) => {
    await visit(page, stack, '/d/mockforge-overview', 'Viewer');
    await expect(page.getByTestId(panel.mode('error'))).toHaveAttribute('aria-disabled', 'true');
    await stack.put('/scenarios/mode', { mode: 'degraded', reason: 'from afar' });
    await expect(page.getByTestId(panel.state)).toHaveAttribute('data-mode', 'degraded');
    await expect(page.getByTestId(panel.state)).toContainText('from afar');
  });
});

test.describe('The dashboard', () => {
  test('draws the traffic and lists what failed', async ({ page, stack }) => {
    await stack.put('/scenarios/mode', { mode: 'error', error_rate: 1, status_codes: [503] });
    await expect.poll(() => stack.errorShare(10), soon).toBe(1);
    await visit(page, stack, '/d/mockforge-overview');
    // A figure of the stat panel, and the row of a request that the scenario failed.
    await expect(page.getByText('req/s').first()).toBeVisible();
    await expect(page.getByRole('cell', { name: 'error 503' }).or(page.getByText('error 503')).first()).toBeVisible();
  });

  test('offers the gateways and routes that were recorded', async ({ page, stack }) => {
    await expect.poll(() => stack.status()).toBeGreaterThan(0);
    await visit(page, stack, '/d/mockforge-overview?var-gateway=shop');
    await expect(page.getByText('shop', { exact: true }).first()).toBeVisible();
    await expect(page).toHaveURL(/var-gateway=shop/);
  });
});

test.describe('Explore', () => {
  test('shows recordings as logs, traffic as a graph, changes as a table', async ({ page, stack }) => {
    await stack.put('/scenarios/mode', { mode: 'error', error_rate: 1, status_codes: [418] });
    await expect.poll(() => stack.status(), soon).toBe(418);
    await visit(page, stack, '/explore');
    await expect(page.getByText(/(GET|POST) \S+ \d+ in [\d.]+ ms/).first()).toBeVisible();

    await choose(page, 'Traffic');
    await choose(page, 'Mode');
    await expect(page.getByTestId('uplot-main-div').first()).toBeVisible();
    await expect(
      page
        .getByRole('button', { name: 'error', exact: true })
        .or(page.getByText('error', { exact: true }))
        .first()
    ).toBeVisible();

    await choose(page, 'Events');
    await expect(page.getByText('Error', { exact: true }).first()).toBeVisible();
  });

  test('says which condition is wrong', async ({ page, stack }) => {
    await visit(page, stack, '/explore');
    await page.getByTestId(query.moreFilters).click();
    await page.getByTestId(query.condition('trace_id')).fill('no trace');
    await page.getByTestId(query.condition('trace_id')).press('Enter');
    await expect(page.getByText('filter.trace_id: must be 32 hexadecimal digits')).toBeVisible();
  });

  test('completes from what was recorded', async ({ page, stack }) => {
    await expect.poll(() => stack.status()).toBeGreaterThan(0);
    await visit(page, stack, '/explore');
    await page.getByTestId(query.moreFilters).click();
    await page.getByTestId(query.condition('gateways')).getByRole('combobox').click();
    await expect(page.getByRole('option', { name: /shop/ })).toBeVisible();
  });
});

test.describe('The settings of the data source', () => {
  test('test the connection, and keep the secret', async ({ page, stack }) => {
    await visit(page, stack, `/connections/datasources/edit/${source}`);
    const [secret, connected] =
      stack.endpoints.storage === 'sqlite'
        ? ['collector-token', `Connected to the collector at ${stack.endpoints.control}`]
        : ['dsn', 'Connected to PostgreSQL'];
    await expect(page.locator(`#mockforge-datasource-${secret}`)).toHaveValue('configured');
    await page.getByRole('button', { name: 'Save & test' }).click();
    await expect(page.getByText(connected)).toBeVisible();
  });
});
