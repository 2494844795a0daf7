import { expect, test } from './fixtures';
import { testIds } from '../src/components/testIds';

const ids = testIds.controlCenter;

test.describe('Presets', () => {
  test('what is in force is saved, applied with one click, and deleted', async ({ page, stack }) => {
    const name = `storage-away-${Date.now()}`;
    await stack.put('/scenarios/mode', { mode: 'error', error_rate: 1, status_codes: [507] });
    await stack.open('control-center');
    await expect(page.getByTestId(ids.mode('error'))).toHaveAttribute('aria-checked', 'true');
    await page.getByTestId(ids.savePreset).click();
    await page.getByTestId(testIds.presetEditor.name).fill(name);
    await page.getByTestId(testIds.presetEditor.description).fill('The shop without its storage');
    await page.getByTestId(testIds.presetEditor.save).click();
    await expect(page.getByTestId(testIds.presetEditor.container)).toBeHidden();

    await stack.heal();
    await expect(page.getByTestId(ids.mode('healthy'))).toHaveAttribute('aria-checked', 'true');
    await page.getByTestId(ids.preset(name)).click();
    await expect.poll(() => stack.status('/products')).toBe(507);
    await expect(page.getByTestId(ids.preset(name))).toHaveAttribute('aria-pressed', 'true');

    await page.getByTestId(ids.presetMenu(name)).click();
    await page.getByTestId(ids.presetAction('delete')).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await expect(page.getByTestId(ids.preset(name))).toBeHidden();
    // What is in force stays in force.
    expect(await stack.status('/products')).toBe(507);
  });

  test('a file of presets is imported as a whole, or refused naming what is wrong', async ({ page, stack }) => {
    const name = `imported-${Date.now()}`;
    await stack.open('control-center');
    await page.getByTestId(ids.importPresets).click();
    const text = page.getByTestId(testIds.presetImport.text);
    await text.fill(
      `presets:\n  - { name: ${name}, mode: degraded }\n  - { name: ${name}-2, mode: error, error_rate: 7 }\n`
    );
    await page.getByTestId(testIds.presetImport.submit).click();
    await expect(page.getByTestId(testIds.presetImport.problems)).toContainText('error_rate');
    await text.fill(`presets:\n  - { name: ${name}, mode: degraded }\n`);
    await page.getByTestId(testIds.presetImport.submit).click();
    await expect(page.getByTestId(ids.preset(name))).toBeVisible();
    await expect(page.getByTestId(ids.preset(`${name}-2`))).toBeHidden();

    await page.keyboard.press('Escape');
    expect(await stack.download(() => page.getByTestId(ids.exportPresets).click())).toContain(name);
    await stack.request.delete(`${stack.endpoints.control}/scenarios/presets/${name}`);
  });
});
