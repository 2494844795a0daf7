import { fireEvent, render, screen } from '@testing-library/react';
import React from 'react';

import { diagram } from '../../testing/patterns';
import { testIds } from '../testIds';
import { SequenceDiagram } from './SequenceDiagram';
import { fit, layoutOf } from './layout';

beforeEach(() => {
  jest.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(900);
});
afterEach(() => jest.restoreAllMocks());

it('draws lifelines and steps in order, and opens the recording of a step', () => {
  const onOpen = jest.fn();
  render(<SequenceDiagram diagram={diagram()} onOpen={onOpen} />);
  const drawing = screen.getByRole('img');
  expect(drawing).toHaveTextContent('upstream of shop');
  const steps = screen.getAllByTestId(testIds.diagram.step);
  expect(steps.map((step) => step.getAttribute('data-kind'))).toEqual(diagram().steps.map(({ kind }) => kind));
  expect(steps[5]).toHaveTextContent('injected: timeout');
  fireEvent.click(steps[6]);
  expect(onOpen).toHaveBeenCalledWith('r2');
});

it('gives every lifeline room, and widens beyond the page where it must', () => {
  const wide = layoutOf(diagram(), 1500);
  expect(wide.width).toBeLessThanOrEqual(1500);
  expect(wide.lanes[1] - wide.lanes[0]).toBe(wide.lanes[2] - wide.lanes[1]);
  expect(layoutOf(diagram(), 300).width).toBeGreaterThan(300);
  const below = wide.steps.map(({ y }) => y);
  expect(below).toEqual([...below].sort((a, b) => a - b));
});

it('shortens text that does not fit', () => {
  expect(fit('short', 100)).toBe('short');
  expect(fit('a text that is far too long', 62)).toBe('a text th…');
});
