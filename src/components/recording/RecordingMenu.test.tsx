import { fireEvent, render, screen } from '@testing-library/react';
import React from 'react';

import { recording } from '../../testing/samples';
import type { Recording } from '../../types/recording';
import { testIds } from '../testIds';
import { RecordingMenu } from './RecordingMenu';

function openMenu(protocol: Recording['protocol']) {
  render(<RecordingMenu recording={recording({ protocol })} />);
  fireEvent.click(screen.getByTestId(testIds.recording.more));
  return screen.findByRole('menu');
}

it.each(['http', 'graphql'] as const)('makes a mock, scripts and files of a request over %s', async (protocol) => {
  await openMenu(protocol);
  expect(screen.getByTestId(testIds.recording.makeMock)).toBeInTheDocument();
  for (const format of ['har', 'jsonl', 'curl', 'k6']) {
    expect(screen.getByTestId(testIds.recordings.exportAs(format))).toBeInTheDocument();
  }
});

it.each([
  ['grpc', [testIds.recording.makeMock]],
  ['websocket', []],
] as const)('makes files of what is spoken over %s, and what else there is', async (protocol, before) => {
  await openMenu(protocol);
  expect(screen.getAllByRole('menuitem').map((item) => item.getAttribute('data-testid'))).toEqual([
    ...before,
    testIds.recordings.exportAs('har'),
    testIds.recordings.exportAs('jsonl'),
  ]);
});
