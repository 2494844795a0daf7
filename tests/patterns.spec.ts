import { expect, test } from './fixtures';
import { testIds } from '../src/components/testIds';

const ids = testIds.patterns;

test.describe('Patterns', () => {
  test('finds the habits of the demo, and leads to the recordings and the sequence that show one', async ({
    page,
    stack,
  }) => {
    await stack.open('patterns');
    const patterns = page.getByTestId(ids.pattern);
    const login = patterns.filter({ hasText: '/auth/login' }).filter({ hasText: '/users' }).first();
    // A habit must be seen several times before it is told: on a young demo that takes a while.
    await expect(async () => {
      await page.getByTestId(ids.analyse).click();
      await expect(page.getByTestId(ids.analyse)).toBeEnabled();
      await expect(login).toBeVisible({ timeout: 500 });
    }).toPass({ timeout: 45_000, intervals: [2_000] });
    await expect(login).toHaveAttribute('data-kind', 'precedes');
    await expect(login.getByTestId(ids.drawing)).toBeVisible();

    await login.getByTestId(ids.diagram).click();
    const diagram = page.getByTestId(testIds.diagram.container);
    await expect(diagram.getByTestId(testIds.diagram.step).first()).toBeVisible();
    await page.keyboard.press('Escape');

    await login.getByTestId(ids.evidence).click();
    await expect(page.getByTestId(testIds.recordings.row).first()).toBeVisible();
    await expect(page.getByTestId(testIds.recordings.table)).toContainText('/auth/login');
  });

  test('says so where there is nothing to find', async ({ page, stack }) => {
    await stack.open('patterns?from=2001-01-01T00:00:00Z&to=2001-01-01T01:00:00Z');
    await page.getByTestId(ids.analyse).click();
    await expect(page.getByTestId(ids.empty)).toBeVisible();
  });
});
