import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';

/** What the demo's collector stores in. */
export const storage = process.env.MOCKFORGE_DEMO_STORAGE || 'postgres';

const directory = path.resolve('.demo/test', storage);
const portNames = [
  'UI',
  'GATEWAY',
  'CONTROL',
  'METRICS',
  'API',
  'OTLP_GRPC',
  'OTLP_HTTP',
  'HEALTH',
  'TELEMETRY',
  'POSTGRES',
];

/**
 * Starts the demo on free ports in the preview host, and returns what stops it. MOCKFORGE_ENDPOINTS names the
 * endpoints.json of a running demo to use instead.
 */
export default async function startDemo(): Promise<() => Promise<void>> {
  if (process.env.MOCKFORGE_ENDPOINTS) {
    return async () => {};
  }
  mkdirSync(directory, { recursive: true });
  const endpoints = path.join(directory, 'endpoints.json');
  rmSync(endpoints, { force: true });
  const log = path.join(directory, 'demo.log');
  const demo = spawn(path.resolve('bin/demo'), {
    env: {
      ...process.env,
      MOCKFORGE_DEMO_DIRECTORY: directory,
      MOCKFORGE_DEMO_UI: process.env.MOCKFORGE_DEMO_UI ?? 'preview',
      MOCKFORGE_DEMO_PARENT: String(process.pid),
      ...Object.fromEntries(portNames.map((name) => [`MOCKFORGE_DEMO_${name}_PORT`, '0'])),
    },
    stdio: ['ignore', openSync(log, 'w'), openSync(log, 'a')],
  });
  const ended = new Promise<void>((resolve) => {
    demo.once('exit', () => resolve());
    demo.once('error', () => resolve());
  });
  await until(demo, endpoints, log);
  process.env.MOCKFORGE_ENDPOINTS = endpoints;
  return async () => {
    demo.kill('SIGTERM');
    await ended;
  };
}

async function until(demo: ChildProcess, endpoints: string, log: string) {
  const limit = Date.now() + 120_000;
  while (!existsSync(endpoints)) {
    if (demo.exitCode !== null || demo.pid === undefined || Date.now() > limit) {
      demo.kill('SIGTERM');
      throw new Error(`The demo did not come up (build it with: go tool mage build):\n${readFileSync(log, 'utf8')}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
