import type { Locator } from '@playwright/test';

import { expect, test } from './fixtures';
import { testIds } from '../src/components/testIds';

const ids = testIds.faults;

/** Adds a fault of the kind that is shown so, to what is edited in there. */
async function add(editor: Locator, kind: string) {
  await editor.getByTestId(ids.add).locator('input').fill(kind);
  await editor.page().getByRole('option', { name: kind }).click();
}

test.describe('Faults', () => {
  test('a fault is added to the mode, and met by whoever calls', async ({ page, stack }) => {
    await stack.open('control-center');
    const parameters = page.getByTestId(testIds.controlCenter.parameters);
    await add(parameters, 'Replaced answer');
    await expect(parameters.getByTestId(ids.toggle(0))).toContainText('Replaces answers by 200');
    await parameters.getByTestId(ids.field('status')).fill('418');
    await expect(parameters.getByTestId(ids.toggle(0))).toContainText('Replaces answers by 418');
    // The errors of the mode gave way to the fault.
    await expect(page.getByTestId(testIds.controlCenter.expected).first()).toContainText('100 errors');
    await page.getByTestId(testIds.controlCenter.apply).click();
    await expect(page.getByTestId(testIds.controlCenter.statusDetails)).toContainText('replaces answers by 418');
    await expect.poll(() => stack.statuses('/products', 10)).toEqual([418]);

    await parameters.getByTestId(ids.remove(0)).click();
    await expect(parameters.getByTestId(ids.pick('Blackout'))).toBeVisible();
  });

  test('a fault that cannot be is refused beside its field, and nothing changes', async ({ page, stack }) => {
    await stack.open('control-center');
    const parameters = page.getByTestId(testIds.controlCenter.parameters);
    await add(parameters, 'Connection closed');
    await parameters.getByTestId(ids.field('close_code')).fill('1005');
    await page.getByTestId(testIds.controlCenter.apply).click();
    await expect(parameters.getByTestId(ids.form)).toContainText('must be a code that a WebSocket can be closed with');
    expect(await stack.mode()).toBe('healthy');
  });

  test('the first tries of a trace fail, and the next one succeeds', async ({ page, stack }) => {
    await stack.open('control-center');
    const parameters = page.getByTestId(testIds.controlCenter.parameters);
    await parameters.getByTestId(ids.pick('Flaky at first')).click();
    await expect(parameters.getByTestId(ids.schedulePreview)).toBeVisible();
    await page.getByTestId(testIds.controlCenter.apply).click();
    await expect.poll(() => stack.mode()).toBe('error');
    const tries = async (trace: string) => {
      const statuses = [];
      for (let i = 0; i < 3; i++) {
        const headers = { traceparent: `00-${trace}-00f067aa0ba902b7-01` };
        statuses.push((await stack.request.get(`${stack.endpoints.gateway}/products/p-1`, { headers })).status());
      }
      return statuses;
    };
    // The collector may follow a moment later: traces begin anew until it does.
    let trace = 0xabc0;
    await expect
      .poll(async () => (await tries(`4bf92f3577b34da6a3ce929d0e0e${(++trace).toString(16)}`)).slice(0, 2))
      .toEqual([503, 503]);
    const [first, second, third] = await tries('4bf92f3577b34da6a3ce929d0e0eaaaa');
    expect([first, second]).toEqual([503, 503]);
    expect(third).not.toBe(503);
  });

  test('a rule of a preset is edited, and meets its traffic once the preset is applied', async ({ page, stack }) => {
    // Two editors, one above the other, are slow on a busy machine.
    test.slow();
    const name = `cut-users-${Date.now()}`;
    const path = `${stack.endpoints.control}/scenarios/presets`;
    const rule = { name: 'users', mode: 'error', error_rate: 1, status_codes: [503], target: { path: '/users/**' } };
    await stack.request.post(path, { data: { name, mode: 'healthy', rules: [rule] } });
    await stack.open('control-center');
    await page.getByTestId(testIds.controlCenter.presetMenu(name)).click();
    await page.getByTestId(testIds.controlCenter.presetAction('edit')).click();
    const preset = page.getByTestId(testIds.presetEditor.container);
    await preset.getByTestId(testIds.rules.edit('users')).click();
    const editor = page.getByTestId(testIds.presetEditor.rule);
    await editor.getByTestId(testIds.rules.field('path')).fill('/products/**');
    await add(editor, 'Error answer');
    await editor.getByTestId(ids.form).getByRole('button', { name: '503', exact: true }).click();
    await editor.getByTestId(ids.form).getByRole('button', { name: '429', exact: true }).click();
    await editor.getByTestId(testIds.presetEditor.saveRule).click();
    await expect(preset.getByTestId(testIds.rules.rule('users'))).toContainText(
      '/products/** answer 503; also answers 429'
    );
    await page.getByTestId(testIds.presetEditor.save).click();
    await expect(preset).toBeHidden();

    const saved = await (await stack.request.get(path)).json();
    expect(saved.presets.find((one: { name: string }) => one.name === name).rules[0]).toMatchObject({
      target: { path: '/products/**' },
      faults: [{ kind: 'error', status_codes: [429] }],
    });
    await page.getByTestId(testIds.controlCenter.preset(name)).click();
    await expect.poll(() => stack.statuses('/products/p-1', 10)).toEqual([429]);
    await stack.request.delete(`${path}/${name}`);
  });
});
