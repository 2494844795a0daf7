import { act, renderHook } from '@testing-library/react';

import { FakeBackend, Refusal } from '../testing/fakeBackend';
import { point, update } from '../testing/samples';
import { POLL_INTERVAL, useLiveTraffic } from './useLiveTraffic';

let backend: FakeBackend;
jest.mock('@grafana/runtime', () => ({
  isFetchError: (e: unknown) => typeof e === 'object' && e !== null && 'status' in e,
  getBackendSrv: () => backend.backendSrv,
  getGrafanaLiveSrv: () => backend.liveSrv,
}));

beforeEach(() => {
  jest.useFakeTimers();
  backend = new FakeBackend().on('GET traffic', { points: [point(0), point(1)] });
});
afterEach(() => jest.useRealTimers());

const start = async () => {
  const hook = renderHook(() => useLiveTraffic());
  await act(async () => {});
  return hook;
};

it('begins with the last minutes and appends what is pushed', async () => {
  const { result } = await start();
  expect(result.current.points).toHaveLength(2);
  await act(async () => {
    backend.connect();
    backend.push(update({ point: point(2, { error_rate: 1 }) }));
  });
  expect(result.current.connection).toBe('live');
  expect(result.current.points.map((one) => one.error_rate)).toEqual([0, 0, 1]);
  expect(backend.subscribed[0]).toMatchObject({
    scope: 'plugin',
    namespace: 'mockforge-observability-app',
    path: 'live',
  });
});

it('asks every few seconds while the stream is not connected, and stops once it is', async () => {
  const { result } = await start();
  expect(result.current.connection).toBe('polling');
  await act(async () => jest.advanceTimersByTime(POLL_INTERVAL));
  expect(backend.seen('GET traffic')).toHaveLength(2);

  act(() => backend.push(update({ point: point(3) })));
  await act(async () => jest.advanceTimersByTime(10 * POLL_INTERVAL));
  expect(backend.seen('GET traffic')).toHaveLength(2);
});

it('loads what it missed after a reconnection', async () => {
  const { result } = await start();
  act(() => backend.push(update()));
  act(() => backend.connect(false));
  expect(result.current.connection).toBe('connecting');
  backend.on('GET traffic', { points: [point(5), point(6)] });
  await act(async () => backend.connect());
  expect(result.current.connection).toBe('live');
  expect(result.current.points).toHaveLength(4);
});

it('says so where neither can be reached, and recovers', async () => {
  backend.on('GET traffic', new Refusal(503, { detail: 'the database cannot be reached' }));
  const { result } = await start();
  expect([result.current.connection, result.current.error?.message]).toEqual([
    'offline',
    'the database cannot be reached',
  ]);
  backend.on('GET traffic', { points: [point(0)] });
  await act(async () => jest.advanceTimersByTime(POLL_INTERVAL));
  expect([result.current.connection, result.current.error]).toEqual(['polling', undefined]);
});

it('asks no more once the page is left', async () => {
  const { unmount } = await start();
  unmount();
  await act(async () => jest.advanceTimersByTime(5 * POLL_INTERVAL));
  expect(backend.seen('GET traffic')).toHaveLength(1);
  expect(backend.live.observed).toBe(false);
});

it('leaves out the second that is still being counted, which would look like a fall to zero', async () => {
  jest.setSystemTime(new Date('2026-01-02T03:04:10.300Z'));
  await start();
  expect(backend.seen('GET traffic')[0].params.get('to')).toBe('2026-01-02T03:04:09.000Z');
});
