import { readFileSync } from 'node:fs';
import { test as base, type APIRequestContext, type Page } from '@playwright/test';

import { PLUGIN_BASE_URL } from '../src/constants';

/** Where the demo's parts are, as .demo/endpoints.json has it. */
interface Endpoints {
  ui: string;
  gateway: string;
  control: string;
}

/** A role of Grafana, as the preview host's page offers them. */
type Role = 'Viewer' | 'Editor' | 'Admin';

/** The running demo, as tests see it. */
export class Stack {
  constructor(
    readonly endpoints: Endpoints,
    private readonly page: Page,
    private readonly request: APIRequestContext
  ) {}

  /** Opens a page of the app, such as "control-center". */
  async open(path: string, role: Role = 'Admin') {
    await this.page.context().addCookies([{ name: 'preview_role', value: role, url: this.endpoints.ui }]);
    await this.page.goto(`${this.endpoints.ui}${PLUGIN_BASE_URL}/${path}`);
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

  /** Puts a scenario in force over the control API, as any script would. */
  async put(path: string, data: object) {
    const response = await this.request.put(this.endpoints.control + path, { data });
    if (!response.ok()) {
      throw new Error(`PUT ${path}: ${response.status()} ${await response.text()}`);
    }
  }

  /** Returns everything to healthy. */
  async heal() {
    await this.request.post(`${this.endpoints.control}/scenarios/stop`, { data: { reason: 'test' } });
  }
}

/** Playwright's test with the demo; each begins and ends healthy. */
export const test = base.extend<{ stack: Stack }>({
  stack: async ({ page, request }, use) => {
    const endpoints: Endpoints = JSON.parse(readFileSync(process.env.MOCKFORGE_ENDPOINTS ?? '.demo/endpoints.json', 'utf8'));
    const stack = new Stack(endpoints, page, request);
    await stack.heal();
    await use(stack);
    await stack.heal();
  },
});

export { expect } from '@playwright/test';
