import { readFileSync } from 'node:fs';
import { test as base, expect, type APIRequestContext, type Page } from '@playwright/test';

import { PLUGIN_BASE_URL } from '../src/constants';

/** Where the demo's parts are, as .demo/endpoints.json has it. */
interface Endpoints {
  ui: string;
  gateway: string;
  control: string;
  /** What the collector stores in. */
  storage: 'postgres' | 'sqlite';
}

/** A role of Grafana, as the preview host's page offers them. */
type Role = 'Viewer' | 'Editor' | 'Admin';

/** The running demo, as tests see it. */
export class Stack {
  constructor(
    readonly endpoints: Endpoints,
    private readonly page: Page,
    readonly request: APIRequestContext
  ) {}

  /** Opens a page of the app, such as "control-center". */
  async open(path: string, role: Role = 'Admin') {
    await this.goto(`${PLUGIN_BASE_URL}/${path}`, role);
  }

  /** Opens a page by its path from the root on, such as "/explore". */
  async goto(path: string, role: Role = 'Admin') {
    await this.page.context().addCookies([{ name: 'preview_role', value: role, url: this.endpoints.ui }]);
    await this.page.goto(this.endpoints.ui + path);
  }

  /** Returns the text of the file that an action downloads. */
  async download(action: () => Promise<void>): Promise<string> {
    const downloading = this.page.waitForEvent('download');
    await action();
    return readFileSync(await (await downloading).path(), 'utf8');
  }

  /** Sends one request through the gateway and returns its status. */
  async status(path = '/products'): Promise<number> {
    return (await this.request.get(this.endpoints.gateway + path)).status();
  }

  /** Sends so many requests through the gateway at once, and returns the share that was answered with 500 and above. */
  async errorShare(requests: number): Promise<number> {
    const statuses = await Promise.all(Array.from({ length: requests }, () => this.status('/products/p-1')));
    return statuses.filter((status) => status >= 500).length / requests;
  }

  /** Sends so many requests through the gateway at once, and returns the different statuses of the answers. */
  async statuses(path: string, requests: number): Promise<number[]> {
    return [...new Set(await Promise.all(Array.from({ length: requests }, () => this.status(path))))];
  }

  /** Returns the mode that is in force. */
  async mode(): Promise<string> {
    return (await (await this.request.get(`${this.endpoints.control}/scenarios/mode`)).json()).mode;
  }

  /** Returns the rules that are in force. */
  async rules(): Promise<unknown[]> {
    return (await (await this.request.get(`${this.endpoints.control}/scenarios/rules`)).json()).rules ?? [];
  }

  /** Puts a scenario in force over the control API, as any script would. */
  async put(path: string, data: object) {
    const response = await this.request.put(this.endpoints.control + path, { data });
    if (!response.ok()) {
      throw new Error(`PUT ${path}: ${response.status()} ${await response.text()}`);
    }
  }

  /** Waits until something is recorded that meets a filter of the API: recordings are stored a moment after the answer. */
  async recorded(filter: object, count = 1) {
    await expect
      .poll(async () => {
        const response = await this.request.post(`${this.endpoints.control}/recordings/query`, { data: filter });
        return (await response.json()).recordings?.length ?? 0;
      })
      .toBeGreaterThanOrEqual(count);
  }

  /** Sends recordings again as a job, and returns its id. */
  async replay(data: object): Promise<string> {
    const response = await this.request.post(`${this.endpoints.control}/recordings/replays`, { data });
    if (!response.ok()) {
      throw new Error(`POST /recordings/replays: ${response.status()} ${await response.text()}`);
    }
    return (await response.json()).id;
  }

  /** Returns everything to healthy. */
  async heal() {
    await this.request.post(`${this.endpoints.control}/scenarios/stop`, { data: { reason: 'test' } });
  }
}

/** Playwright's test with the demo; each begins and ends healthy. */
export const test = base.extend<{ stack: Stack }>({
  stack: async ({ page, request }, use) => {
    const endpoints: Endpoints = JSON.parse(
      readFileSync(process.env.MOCKFORGE_ENDPOINTS ?? '.demo/endpoints.json', 'utf8')
    );
    const stack = new Stack(endpoints, page, request);
    await stack.heal();
    await use(stack);
    await stack.heal();
  },
});

export { expect } from '@playwright/test';
