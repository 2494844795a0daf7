import { point } from '../testing/samples';
import { flowOf } from './flow';

const rates = (flow: ReturnType<typeof flowOf>) =>
  Object.fromEntries(flow.outcomes.map(({ name, value }) => [name, Number(value.toFixed(6))]));

it('splits the traffic into what passed, was slowed, and failed by itself or by us', () => {
  const flow = flowOf([
    point(0, { requests_per_second: 100, injected_rate: 0.5, injected_error_rate: 0.2, organic_error_rate: 0.1 }),
    point(1, { requests_per_second: 100, injected_rate: 0.5, injected_error_rate: 0.2, organic_error_rate: 0.1 }),
  ]);
  expect(flow.requestsPerSecond).toBe(100);
  expect(rates(flow)).toEqual({ passed: 40, slowed: 30, organic: 10, injected: 20 });
});

it('never shows more than there was', () => {
  const flow = flowOf([point(0, { requests_per_second: 10, injected_rate: 1, organic_error_rate: 0.3 })]);
  expect(rates(flow)).toEqual({ passed: 0, slowed: 7, organic: 3, injected: 0 });
});

it('shows the busiest gateways, and the rest together', () => {
  const by_gateway = { a: 1, b: 2, c: 3, d: 4, e: 5, f: 6 };
  expect(flowOf([point(0, { by_gateway })]).gateways).toEqual([
    { name: 'f', value: 6 },
    { name: 'e', value: 5 },
    { name: 'd', value: 4 },
    { name: 'c', value: 3 },
    { name: '2 more', value: 3 },
  ]);
});

it('is empty without traffic', () => {
  expect(flowOf([])).toMatchObject({ requestsPerSecond: 0, gateways: [] });
});
