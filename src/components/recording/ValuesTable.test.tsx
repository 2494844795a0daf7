import { render, screen } from '@testing-library/react';
import React from 'react';

import { ValuesTable } from './ValuesTable';

it('passes over trailers that were announced and did not come', () => {
  const values = { 'Grpc-Status': ['0'], 'Grpc-Message': null };
  render(<ValuesTable title="Trailers" values={values} empty="None." />);
  expect(screen.getAllByRole('row')).toHaveLength(1);
  expect(screen.getByRole('row')).toHaveTextContent('Grpc-Status0');
});

it('shows headers in their order, and marks what is not UTF-8', () => {
  const lines = [
    { name: 'x-b', value: '1' },
    { name: 'X-A', value: 'José', bytes: ['4a', '6f', '73', 'e9'] },
    { name: 'x-b', value: '1' },
  ];
  render(<ValuesTable title="Headers" lines={lines} empty="None." />);
  const rows = screen.getAllByRole('row').map((row) => row.textContent);
  expect(rows).toEqual(['x-b1', 'X-AJosé not UTF-8', 'x-b1']);
});

it('says so where all of them are missing', () => {
  render(<ValuesTable title="Trailers" values={{ 'Grpc-Status': null }} empty="None." />);
  expect(screen.getByText('None.')).toBeInTheDocument();
});
