import { fireEvent, render, screen } from '@testing-library/react';
import React, { useState } from 'react';

import { testIds } from '../testIds';
import { LatencyBounds } from './LatencyBounds';

function Bounds() {
  const [value, setValue] = useState({ min_ms: 100, max_ms: 300 });
  return <LatencyBounds value={value} onChange={setValue} />;
}
const positions = () => screen.getAllByRole('slider').map((handle) => handle.getAttribute('aria-valuenow'));

it('moves the slider to what is typed, and goes on from where it is moved', () => {
  render(<Bounds />);
  expect(positions()).toEqual(['100', '300']);
  fireEvent.change(screen.getByTestId(testIds.controlCenter.latencyMax), { target: { value: '2000' } });
  expect(positions()).toEqual(['100', '2000']);

  const [from] = screen.getAllByRole('slider');
  fireEvent.keyDown(from, { key: 'ArrowRight', keyCode: 39 });
  fireEvent.keyDown(from, { key: 'ArrowRight', keyCode: 39 });
  expect(from).toBeInTheDocument();
  expect(positions()).toEqual(['120', '2000']);
  expect(screen.getByTestId(testIds.controlCenter.latencyMin)).toHaveValue(120);
});
