import type { TypedVariableModel } from '@grafana/data';
import type { TemplateSrv } from '@grafana/runtime';

import { expand, interpolate } from './interpolate';

type Value = string | string[];

/** A TemplateSrv with these variables, as Grafana's treats them. */
function templates(variables: Record<string, Value>, all: string[] = []): TemplateSrv {
  return {
    getVariables: () =>
      Object.keys(variables).map(
        (name) =>
          ({
            name,
            current: { value: all.includes(name) ? ['$__all'] : variables[name] },
          }) as unknown as TypedVariableModel
      ),
    replace: (target = '', _scoped, format) =>
      target.replace(/\$\{?(\w+)\}?/g, (match, name) =>
        name in variables ? (format as (value: Value) => string)(variables[name]) : match
      ),
    containsTemplate: () => true,
    updateTimeRange: () => {},
  };
}

it.each([
  ['a plain value', 'shop', {}, ['shop']],
  ['a variable', '$gateway', { gateway: 'shop' }, ['shop']],
  ['a variable in braces', '${gateway}', { gateway: 'shop' }, ['shop']],
  [
    'a variable with several values',
    '$gateway',
    { gateway: ['shop', 'bank, the big one'] },
    ['shop', 'bank, the big one'],
  ],
  ['a part of a value', '/users/$id', { id: '7' }, ['/users/7']],
  ['a variable without a value', '$gateway', { gateway: '' }, []],
  ['a variable that is not there', '$gateway', {}, ['$gateway']],
])('%s', (_, item, variables, want) => {
  expect(expand(item, templates(variables as Record<string, Value>))).toEqual(want);
});

it('takes "All" for no condition, however many values there are', () => {
  const query = interpolate(
    { refId: 'A', queryType: 'logs', filter: { gateways: ['$gateway'], methods: ['GET'] } },
    templates({ gateway: ['shop', 'bank'] }, ['gateway'])
  );
  expect(query.filter).toEqual({ methods: ['GET'] });
});

it('replaces variables in every condition, and lists no value twice', () => {
  const query = interpolate(
    {
      refId: 'A',
      queryType: 'recordings',
      limit: 7,
      filter: { routes: ['$route', '/a'], path: '/users/$id', text: '$none', injected: false, min_duration_ms: 5 },
    },
    templates({ route: ['/a', '/b'], id: '7', none: '' })
  );
  expect(query).toEqual({
    refId: 'A',
    queryType: 'recordings',
    limit: 7,
    filter: { routes: ['/a', '/b'], path: '/users/7', injected: false, min_duration_ms: 5 },
  });
});
