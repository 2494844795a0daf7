import { fireEvent, render, screen } from '@testing-library/react';
import React from 'react';

import { testIds } from '../testIds';
import { BodyView } from './BodyView';

const shown = () => screen.getByTestId(testIds.recording.body);

it('begins with the bytes where the text is none that people read', () => {
  render(<BodyView title="Body" body={{ encoding: 'utf8', content: '\x00\x00\x00\x00\x02\n\x00', size: 7 }} />);
  expect(shown()).toHaveTextContent('00 00 00 00 02 0a 00');
  expect(shown()).toHaveTextContent('binary');
  fireEvent.click(screen.getByLabelText('Raw'));
  expect(shown()).not.toHaveTextContent('0a 00');
});

it('begins with the text where it is one', () => {
  render(<BodyView title="Body" body={{ encoding: 'utf8', content: 'a\tb\n', size: 4 }} />);
  expect(shown()).toHaveTextContent('a b');
  expect(shown()).not.toHaveTextContent('binary');
});
