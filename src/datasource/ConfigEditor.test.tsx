import { fireEvent, render, screen } from '@testing-library/react';
import React, { useState, type ComponentProps } from 'react';

import { testIds } from '../components/testIds';
import { ConfigEditor } from './ConfigEditor';

jest.mock('@grafana/runtime', () => ({ DataSourcePicker: () => null }));

type Options = ComponentProps<typeof ConfigEditor>['options'];

const changed = jest.fn<void, [Options]>();
const last = () => changed.mock.lastCall![0];

/** Keeps what the editor changes, as Grafana does until it is saved. */
function Kept({ initial }: { initial: Partial<Options> }) {
  const [options, setOptions] = useState({ jsonData: {}, secureJsonFields: {}, ...initial } as Options);
  return (
    <ConfigEditor
      options={options}
      onOptionsChange={(next) => {
        changed(next);
        setOptions(next);
      }}
    />
  );
}

it('takes the connection string of a database', () => {
  render(<Kept initial={{}} />);
  fireEvent.change(screen.getByTestId(testIds.datasource.dsn), { target: { value: 'postgres://u@db/x' } });
  expect(last().secureJsonData).toEqual({ dsn: 'postgres://u@db/x' });
});

it('takes a collector in place of it', () => {
  render(<Kept initial={{ secureJsonFields: { dsn: true } }} />);
  fireEvent.click(screen.getByLabelText('Collector'));
  expect(screen.queryByTestId(testIds.datasource.dsn)).not.toBeInTheDocument();
  fireEvent.change(screen.getByTestId(testIds.collector.url), { target: { value: 'http://collector:4600' } });
  fireEvent.change(screen.getByTestId(testIds.collector.secret('token')), { target: { value: 'hush' } });
  fireEvent.click(screen.getByLabelText(/^Skip TLS verification/));
  expect(last().jsonData).toEqual({ collectorUrl: 'http://collector:4600', tlsSkipVerify: true });
  expect(last().secureJsonData).toEqual({ dsn: '', token: 'hush' });
  expect(last().secureJsonFields).toEqual({ dsn: false, token: false });
  fireEvent.click(screen.getByLabelText('Database'));
  expect(last().jsonData.collectorUrl).toBeUndefined();
});

it('shows a collector that is configured', () => {
  render(<Kept initial={{ jsonData: { collectorUrl: 'http://collector:4600' }, secureJsonFields: { token: true } }} />);
  expect(screen.getByTestId(testIds.collector.url)).toHaveValue('http://collector:4600');
  expect(screen.getByTestId(testIds.collector.secret('token'))).toBeDisabled();
});
