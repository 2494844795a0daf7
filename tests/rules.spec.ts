import { expect, test } from './fixtures';
import { testIds } from '../src/components/testIds';

const ids = testIds.rules;

test.describe('Rules', () => {
  test('a rule for /users/** harms that and nothing else, until it is switched off', async ({ page, stack }) => {
    await stack.open('control-center');
    await page.getByTestId(ids.add).click();
    const editor = page.getByTestId(ids.editor);
    await editor.getByTestId(ids.field('name')).fill('users-away');
    await editor.getByTestId(ids.field('path')).fill('/users/**');
    await editor.getByTestId(ids.field('treatment')).getByRole('radio', { name: 'Error' }).check({ force: true });
    const rate = editor.getByTestId(testIds.controlCenter.parameter('error_rate')).locator('input').last();
    await rate.fill('100');
    await rate.blur();
    const codes = editor.getByTestId(testIds.controlCenter.parameter('status_codes'));
    // Of 500, 502 and 503, with which a rule begins.
    for (const code of ['500', '502']) {
      await codes.getByRole('button', { name: code, exact: true }).click();
    }
    await expect(page.getByTestId(ids.sentence)).toContainText('answer 503');
    await expect(page.getByTestId(ids.sentence)).toContainText('/users/**');
    await editor.getByTestId(ids.save).click();
    await expect(page.getByTestId(ids.rule('users-away'))).toBeVisible();

    await expect.poll(() => stack.statuses('/users/1', 10)).toEqual([503]);
    expect(await stack.statuses('/products/p-1', 10)).not.toContain(503);

    await page.getByTestId(ids.enabled('users-away')).click({ force: true });
    await expect.poll(() => stack.statuses('/users/1', 10)).not.toContain(503);
  });

  test('a rule that cannot be is refused with its reason, and nothing changes', async ({ page, stack }) => {
    await stack.open('control-center');
    await page.getByTestId(ids.add).click();
    const editor = page.getByTestId(ids.editor);
    await editor.getByTestId(ids.field('path')).fill('users');
    await editor.getByTestId(ids.save).click();
    await expect(editor).toContainText(/must begin with|must start with/);
    await expect(editor).toBeVisible();
    expect(await stack.rules()).toEqual([]);
  });
});
