import { sameBehavior, summarize, validateBehavior, withDefaults, withFaults } from './behavior';
import { milliseconds, percent } from './figureWords';

describe('withDefaults', () => {
  it('fills in what is absent and drops what the mode does not use', () => {
    const given = { mode: 'error' as const, error_rate: 0.5, version: 7, latency_multiplier: 3 };
    expect(withDefaults(given)).toEqual({ mode: 'error', error_rate: 0.5, status_codes: [500, 502, 503] });
  });
  it('lets a rate of chaos that is absent give way to one that is given, as the gateway does', () => {
    expect(withDefaults({ mode: 'chaos', error_rate: 1 }).timeout_rate).toBe(0);
    expect(withDefaults({ mode: 'chaos', timeout_rate: 1 }).error_rate).toBe(0);
    expect(withDefaults({ mode: 'chaos', random_errors: false }).timeout_rate).toBe(0);
  });
});

describe('faults', () => {
  const reset = { kind: 'reset' as const, share: 0.05 };

  it('turns off the parameters that are not given beside them', () => {
    expect(withDefaults({ mode: 'error', faults: [reset] })).toEqual({
      mode: 'error',
      error_rate: 0,
      status_codes: [500, 502, 503],
      faults: [reset],
    });
    expect(withDefaults({ mode: 'degraded', error_rate: 0.5, faults: [reset] })).toMatchObject({
      latency_multiplier: 1,
      error_rate: 0.5,
    });
    expect(withDefaults({ mode: 'chaos', spike_probability: 0.1, faults: [reset] })).toMatchObject({
      error_rate: 0,
      timeout_rate: 0,
      random_slowdowns: true,
    });
    expect(withDefaults({ mode: 'chaos', faults: [reset] })).toMatchObject({ random_slowdowns: false });
    expect(withDefaults({ mode: 'healthy', faults: [reset] })).toEqual({ mode: 'healthy' });
  });

  it('give way to parameters that were chosen, not to those that nobody touched', () => {
    expect(withFaults(withDefaults({ mode: 'error' }), [reset])).toMatchObject({ error_rate: 0 });
    expect(withFaults(withDefaults({ mode: 'error', error_rate: 0.3 }), [reset])).toMatchObject({ error_rate: 0.3 });
    const only = withDefaults({ mode: 'error', faults: [reset] });
    expect(withFaults(only, [])).toEqual(withDefaults({ mode: 'error' }));
    expect(withFaults({ ...only, error_rate: 0.5 }, [])).toMatchObject({ error_rate: 0.5 });
  });

  it('are told apart and summed up', () => {
    expect(
      sameBehavior({ mode: 'error', faults: [reset] }, { mode: 'error', faults: [{ ...reset, share: 0.1 }] })
    ).toBe(false);
    expect(summarize({ mode: 'error', faults: [reset] })).toBe('Resets 5 % of connections');
    expect(summarize({ mode: 'error', error_rate: 0.5, faults: [reset, reset] })).toBe(
      '50 % answered with 500, 502, 503, 2 faults'
    );
    expect(summarize({ mode: 'chaos', faults: [reset, reset] })).toBe('2 faults');
  });

  it('are validated in their place', () => {
    expect(validateBehavior({ mode: 'error', faults: [reset, { kind: 'rate_limit' }] })).toEqual([
      { field: 'faults[1].limit', problem: 'is required' },
    ]);
  });
});

describe('sameBehavior', () => {
  it('takes an absent parameter for its default', () => {
    expect(sameBehavior({ mode: 'error' }, { mode: 'error', error_rate: 1, status_codes: [500, 502, 503] })).toBe(true);
    expect(sameBehavior({ mode: 'error' }, { mode: 'error', error_rate: 0.9 })).toBe(false);
    expect(sameBehavior({ mode: 'error' }, { mode: 'chaos' })).toBe(false);
  });
});

describe('validateBehavior', () => {
  it.each([
    [{ mode: 'error', error_rate: 1.5 }, 'error_rate'],
    [{ mode: 'error', status_codes: [99] }, 'status_codes'],
    [{ mode: 'error', status_codes: [] }, 'status_codes'],
    [{ mode: 'degraded', latency_multiplier: 0.5 }, 'latency_multiplier'],
    [{ mode: 'chaos', latency_min_ms: 10, latency_max_ms: 5 }, 'latency_max_ms'],
    [{ mode: 'chaos', latency_min_ms: -1, latency_max_ms: 5 }, 'latency_min_ms'],
    [{ mode: 'chaos', timeout_ms: 0 }, 'timeout_ms'],
    [{ mode: 'chaos', spike_probability: NaN }, 'spike_probability'],
    [{ mode: 'chaos', error_rate: 0.8, timeout_rate: 0.3 }, 'timeout_rate'],
  ] as const)('names the field that is wrong in %j', (behavior, field) => {
    const errors = validateBehavior({
      ...behavior,
      status_codes: 'status_codes' in behavior ? [...behavior.status_codes] : undefined,
    });
    expect(errors.map((error) => error.field)).toEqual([field]);
  });

  it('accepts every default', () => {
    for (const mode of ['healthy', 'degraded', 'error', 'chaos'] as const) {
      expect(validateBehavior(withDefaults({ mode }))).toEqual([]);
    }
  });
});

describe('summarize', () => {
  it.each([
    [{ mode: 'healthy' as const }, 'Nothing is injected'],
    [{ mode: 'degraded' as const, latency_multiplier: 4, error_rate: 0.05 }, 'Latency × 4, 5 % errors'],
    [{ mode: 'error' as const, error_rate: 0.25, status_codes: [503] }, '25 % answered with 503'],
    [{ mode: 'chaos' as const }, '10 % errors, 5 % timeouts, 20 % spikes up to 5 s'],
    [{ mode: 'chaos' as const, random_errors: false, random_slowdowns: false, timeout_rate: 0 }, 'Nothing is injected'],
  ])('of %j', (behavior, words) => {
    expect(summarize(behavior)).toBe(words);
  });
});

test('figures read as people write them', () => {
  expect([percent(0.125), percent(1), percent(0)]).toEqual(['12.5 %', '100 %', '0 %']);
  expect([0.04, 9.96, 340.4, 1500, 90000].map(milliseconds)).toEqual([
    '0.04 ms',
    '10 ms',
    '340 ms',
    '1.5 s',
    '1.5 min',
  ]);
});
