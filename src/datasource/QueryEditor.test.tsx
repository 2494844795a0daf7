import { fireEvent, render, screen } from '@testing-library/react';
import React, { useState } from 'react';
import { CoreApp } from '@grafana/data';

import { testIds } from '../components/testIds';
import { QueryEditor } from './QueryEditor';
import type { RecordingsDataSource } from './RecordingsDataSource';
import type { RecordingsQuery } from './query';

const ids = testIds.datasource;
const source = {
  getDefaultQuery: () => ({ queryType: 'recordings' }),
  valuesOf: async () => [{ value: 'shop', count: 3 }],
} as unknown as RecordingsDataSource;

/** The editor as Grafana holds it; seen is every query that it was told to run. */
function open(query: RecordingsQuery, app = CoreApp.Dashboard) {
  const seen: RecordingsQuery[] = [];
  let current = query;
  function Held() {
    const [held, setHeld] = useState(query);
    return (
      <QueryEditor
        query={held}
        datasource={source}
        app={app}
        onChange={(next) => {
          current = next;
          setHeld(next);
        }}
        onRunQuery={() => seen.push(current)}
      />
    );
  }
  render(<Held />);
  return seen;
}

it('shows the conditions of the type, and drops those that the next type cannot have', () => {
  const seen = open({ refId: 'A', queryType: 'logs', filter: { path: '/users', gateways: ['shop'] } });
  expect(screen.getByTestId(ids.condition('path'))).toHaveValue('/users');
  fireEvent.click(screen.getByLabelText('Traffic'));
  expect(screen.queryByTestId(ids.condition('path'))).not.toBeInTheDocument();
  expect(screen.getByTestId(ids.metrics)).toBeInTheDocument();
  expect(seen.at(-1)).toMatchObject({ queryType: 'traffic', filter: { gateways: ['shop'] } });
});

it('shows how far a link looks around, and lets it be changed', () => {
  const seen = open({ refId: 'A', queryType: 'recordings', around: '10m' });
  const around = screen.getByTestId(ids.condition('around'));
  expect(around).toHaveValue('10m');
  fireEvent.change(around, { target: { value: '' } });
  fireEvent.keyDown(around, { key: 'Enter' });
  expect(seen.at(-1)?.around).toBeUndefined();
  expect(screen.queryByTestId(ids.condition('around'))).not.toBeInTheDocument();
});

it('runs once what was typed is left, not for half a word', () => {
  const seen = open({ refId: 'A', queryType: 'recordings' });
  const path = screen.getByTestId(ids.condition('path'));
  fireEvent.change(path, { target: { value: '/us' } });
  fireEvent.change(path, { target: { value: ' /users/* ' } });
  expect(seen).toHaveLength(0);
  fireEvent.keyDown(path, { key: 'Enter' });
  expect(seen).toHaveLength(1);
  expect(seen[0].filter).toEqual({ path: '/users/*' });
});

it('keeps the number of rows within what the backend takes', () => {
  const seen = open({ refId: 'A', queryType: 'recordings' });
  const limit = screen.getByTestId(ids.condition('limit'));
  for (const [typed, want] of [
    ['20', 20],
    ['99999', 10_000],
    ['-3', 1],
    ['', undefined],
  ] as const) {
    fireEvent.change(limit, { target: { value: typed } });
    fireEvent.blur(limit);
    expect(seen.at(-1)?.limit).toBe(want);
  }
});

it('folds rare conditions away unless they are in use', () => {
  open({ refId: 'A', queryType: 'recordings', filter: { trace_id: 'abc' } });
  expect(screen.getByTestId(ids.condition('trace_id'))).toHaveValue('abc');
  expect(screen.queryByTestId(ids.condition('consumers'))).not.toBeInTheDocument();
  fireEvent.click(screen.getByTestId(ids.moreFilters));
  expect(screen.getByTestId(ids.condition('consumers'))).toBeInTheDocument();
});

it('offers alert rules only what has numbers', () => {
  open({ refId: 'A', queryType: 'traffic' }, CoreApp.UnifiedAlerting);
  expect(screen.getByLabelText('Logs')).toBeDisabled();
  expect(screen.getByLabelText('Traffic')).toBeEnabled();
});

it('shows what is filtered out, and takes it away', () => {
  const seen = open({ refId: 'A', queryType: 'logs', filter: { not: { routes: ['/health'], methods: ['GET'] } } });
  fireEvent.click(screen.getByText('routes /health'));
  expect(seen.at(-1)?.filter).toEqual({ not: { methods: ['GET'] } });
  fireEvent.click(screen.getByText('methods GET'));
  expect(seen.at(-1)?.filter).toEqual({});
});
