import { render, screen } from '@testing-library/react';
import React from 'react';
import { PluginContextProvider, type PluginMeta } from '@grafana/data';

import { ApiError } from '../api/ApiError';
import { Problem } from './Problem';
import { testIds } from './testIds';

it.each([
  ['a database', {}, 'until the database is back'],
  ['a collector', { collectorUrl: 'http://collector:4600' }, 'A collector that runs keeps forwarding'],
])('says what goes on while %s does not answer', (_, jsonData, want) => {
  render(
    <PluginContextProvider meta={{ jsonData } as PluginMeta}>
      <Problem error={new ApiError(503, 'It does not answer.')} title="The scenario could not be loaded" />
    </PluginContextProvider>
  );
  expect(screen.getByTestId(testIds.problem.failed)).toHaveTextContent(want);
});
