import { FakeBackend, Refusal } from '../testing/fakeBackend';
import { ApiError } from './ApiError';
import { queryString } from './client';
import { getStats } from './recordings';
import { applyPreset, setMode } from './scenarios';
import { checkHealth, saveSettings } from './settings';

let backend: FakeBackend;
jest.mock('@grafana/runtime', () => ({
  isFetchError: (e: unknown) => typeof e === 'object' && e !== null && 'status' in e && 'data' in e,
  getBackendSrv: () => backend.backendSrv,
}));
beforeEach(() => {
  backend = new FakeBackend();
});

async function failureOf(call: Promise<unknown>): Promise<ApiError> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown
  );
  if (!(error instanceof ApiError)) {
    throw new Error(`expected an ApiError, got ${String(error)}`);
  }
  return error;
}

it('names the wrong field of a problem document', async () => {
  backend.on(
    'PUT scenarios/mode',
    new Refusal(400, {
      detail: 'error_rate must be between 0 and 1, is 1.5',
      field: 'error_rate',
      errors: [{ field: 'error_rate', problem: 'must be between 0 and 1, is 1.5' }],
    })
  );
  const error = await failureOf(setMode({ mode: 'error', error_rate: 1.5 }));
  expect([error.status, error.message]).toEqual([400, 'error_rate must be between 0 and 1, is 1.5']);
  expect(error.problemOf('error_rate')).toBe('must be between 0 and 1, is 1.5');
});

it.each([
  [new Refusal(503, { detail: 'not configured: …', code: 'not_configured' }), true, /not configured/],
  [new Refusal(503, undefined), false, /database/],
  [new Refusal(403, ''), false, /Editor role/],
  [new Refusal(502, '<html>Bad gateway</html>'), false, /backend/],
  [new Refusal(400, '{"detail":"as text"}'), false, /as text/],
])('explains %j', async (refusal, notConfigured, message) => {
  backend.on('PUT scenarios/mode', refusal);
  const refused = await failureOf(setMode({ mode: 'healthy' }));
  expect(refused.message).toMatch(message);
  expect(refused.notConfigured).toBe(notConfigured);
});

it('repeats lists in queries and leaves out what is absent', () => {
  expect(queryString({ headers: { 'X-A': '1' }, not: { routes: ['/a', '/b'], injected: true } })).toBe(
    '?headers.X-A=1&not.routes=%2Fa&not.routes=%2Fb&not.injected=true'
  );
  expect(queryString({ methods: ['GET', 'POST'], path: '/a b', text: '', injected: false, from: undefined })).toBe(
    '?methods=GET&methods=POST&path=%2Fa+b&injected=false'
  );
});

it('sends a filter as query parameters', async () => {
  backend.on('GET recordings/stats', { total: 1 });
  await getStats({ statuses: ['5xx', '429'], injected: true });
  expect(backend.seen('GET recordings/stats')[0].params.toString()).toBe('statuses=5xx&statuses=429&injected=true');
});

it('escapes names in paths', async () => {
  backend.on('POST scenarios/presets/a%2Fb', { version: 1 });
  await applyPreset('a/b', { expires_in: '15m' });
  expect(backend.seen('POST scenarios/presets/a%2Fb')[0].body).toEqual({ expires_in: '15m' });
});

describe('the settings', () => {
  const settings = 'POST /api/plugins/mockforge-observability-app/settings';
  const health = 'GET /api/plugins/mockforge-observability-app/health';

  it('leave a secret alone that is not changed', async () => {
    backend.on(settings, {});
    await saveSettings({}, {});
    expect(backend.seen(settings)[0].body).toEqual({ enabled: true, pinned: true, jsonData: {} });
  });

  it.each([
    [
      { status: 'OK', message: 'Connected' },
      { ok: true, message: 'Connected' },
    ],
    [
      { status: 'ERROR', message: 'refused' },
      { ok: false, message: 'refused' },
    ],
    [new Refusal(400, { message: 'refused', status: 'ERROR' }), { ok: false, message: 'refused' }],
  ])('are checked: %j', async (answer, expected) => {
    backend.on(health, answer);
    expect(await checkHealth()).toEqual(expected);
  });
});
