import { expect, test } from './fixtures';
import { testIds } from '../src/components/testIds';

const ids = testIds.recordings;

test.describe('Export', () => {
  test('of the filtered recordings is a valid HTTP Archive', async ({ page, stack }) => {
    await stack.status('/products/p-3');
    await stack.open('recordings?path=/products/p-3');
    await expect(page.getByTestId(ids.row).first()).toBeVisible();
    const archive = JSON.parse(await stack.download(() => exportAs('har'))) as Archive;
    expect(archive.log.version).toBe('1.2');
    expect(archive.log.creator.name).toBeTruthy();
    expect(archive.log.entries.length).toBeGreaterThan(0);
    for (const { startedDateTime, request, response, timings, cache } of archive.log.entries) {
      expect(new Date(startedDateTime).getTime()).not.toBeNaN();
      expect(new URL(request.url).pathname).toBe('/products/p-3');
      expect(request.method).toBe('GET');
      expect(response.status).toBeGreaterThanOrEqual(100);
      expect(response.content.size).toBeGreaterThanOrEqual(-1);
      expect(timings).toMatchObject({
        send: expect.any(Number),
        wait: expect.any(Number),
        receive: expect.any(Number),
      });
      expect(cache).toEqual(expect.any(Object));
    }

    async function exportAs(format: string) {
      await page.getByTestId(ids.export).click();
      await page.getByTestId(ids.exportAs(format)).click();
    }
  });
});

/** What the test reads of HAR 1.2; see http://www.softwareishard.com/blog/har-12-spec/. */
interface Archive {
  log: {
    version: string;
    creator: { name: string };
    entries: Array<{
      startedDateTime: string;
      request: { method: string; url: string };
      response: { status: number; content: { size: number } };
      timings: object;
      cache: object;
    }>;
  };
}
