import { render, screen } from '@testing-library/react';
import React from 'react';

import { ValuesTable } from './ValuesTable';

it('passes over trailers that were announced and did not come', () => {
  const values = { 'Grpc-Status': ['0'], 'Grpc-Message': null };
  render(<ValuesTable title="Trailers" values={values} empty="None." />);
  expect(screen.getAllByRole('row')).toHaveLength(1);
  expect(screen.getByRole('row')).toHaveTextContent('Grpc-Status0');
});

it('says so where all of them are missing', () => {
  render(<ValuesTable title="Trailers" values={{ 'Grpc-Status': null }} empty="None." />);
  expect(screen.getByText('None.')).toBeInTheDocument();
});
