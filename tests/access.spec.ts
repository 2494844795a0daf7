import type { APIRequestContext } from '@playwright/test';

import { expect, test } from './fixtures';
import { testIds } from '../src/components/testIds';
import { PLUGIN_ID } from '../src/constants';

/** Sets from which role on bodies may be read, as an admin does, and returns what was set before. */
async function setReadBodiesRole(request: APIRequestContext, ui: string, role?: string): Promise<string | undefined> {
  const url = `${ui}/api/plugins/${PLUGIN_ID}/settings`;
  const headers = { cookie: 'preview_role=Admin' };
  const { enabled, pinned, jsonData } = await (await request.get(url, { headers })).json();
  const answer = await request.post(url, {
    headers,
    data: { enabled, pinned, jsonData: { ...jsonData, readBodiesRole: role } },
  });
  expect(answer.ok()).toBe(true);
  return jsonData?.readBodiesRole;
}

test.describe('Rights', () => {
  test('keeps bodies from viewers where a setting says so, and tells them', async ({ page, stack }) => {
    const { ui } = stack.endpoints;
    await stack.status('/users/7');
    const before = await setReadBodiesRole(stack.request, ui, 'Editor');
    try {
      await stack.open('recordings', 'Viewer');
      await page.getByTestId(testIds.recordings.open).first().click();
      for (const tab of ['request', 'response']) {
        await page.getByTestId(testIds.recording.tab(tab)).click();
        await expect(page.getByTestId(testIds.recording.withheld)).toBeVisible();
        await expect(page.getByTestId(testIds.recording.body)).toHaveCount(0);
      }
      await expect(page.getByTestId(testIds.recordings.filter('text'))).toHaveCount(0);
      const id = await page.getByTestId(testIds.recording.drawer).getAttribute('data-id');
      const resource = `${ui}/api/plugins/${PLUGIN_ID}/resources/recordings/${id}`;
      const asViewer = { headers: { cookie: 'preview_role=Viewer' } };
      expect((await stack.request.get(`${resource}/body`, asViewer)).status()).toBe(403);
      expect(await (await stack.request.get(resource, asViewer)).json()).toMatchObject({
        withheld: expect.arrayContaining(['headers', 'response_headers']),
      });

      await stack.open('recordings', 'Editor');
      await page.getByTestId(testIds.recordings.open).first().click();
      await page.getByTestId(testIds.recording.tab('response')).click();
      await expect(page.getByTestId(testIds.recording.body)).toBeVisible();
    } finally {
      await setReadBodiesRole(stack.request, ui, before);
    }
  });

  test('analyses nothing for viewers', async ({ page, stack }) => {
    const sent: string[] = [];
    page.on('request', (request) => sent.push(`${request.method()} ${new URL(request.url()).pathname}`));
    await stack.open('patterns', 'Viewer');
    await expect(page.getByTestId(testIds.patterns.analyse)).toHaveAttribute('aria-disabled', 'true');
    await expect.poll(() => sent.filter((one) => one.endsWith('/recordings/patterns'))).not.toEqual([]);
    expect(sent.filter((one) => one.startsWith('POST') && one.endsWith('/recordings/patterns'))).toEqual([]);
  });
});
