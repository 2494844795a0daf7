import { render, screen } from '@testing-library/react';
import React from 'react';

import { instance, scenario } from '../../testing/samples';
import { testIds } from '../testIds';
import { Fleet } from './Fleet';

const card = (name: string) => screen.getByTestId(testIds.controlCenter.instance(name));

it('tells collectors that follow from those that are behind and those that are gone', () => {
  const now = Date.now();
  const ago = (ms: number) => new Date(now - ms).toISOString();
  const live = scenario({ version: 5, set_at: ago(10_000) });
  render(
    <Fleet
      scenario={live}
      rates={{}}
      instances={[
        instance({ id: 'c', name: 'gone', live: false, applied_version: 4, last_seen_at: ago(180_500) }),
        instance({ id: 'a', name: 'quick', applied_version: 5, applied_at: ago(9_988), gateways: [] }),
        instance({ id: 'b', name: 'behind', applied_version: 4 }),
      ]}
    />
  );
  expect(screen.getByTestId(testIds.controlCenter.fleet)).toHaveTextContent('1 of 2 on version 5');
  expect(card('quick')).toHaveTextContent('version 5');
  expect(card('quick')).toHaveTextContent('switched after 12 ms');
  expect(card('behind')).toHaveTextContent('version 4');
  expect(card('behind')).toHaveTextContent('shop127.0.0.1:8080http://shop');
  expect(card('gone')).toHaveTextContent('Not seen for 3 min');
  expect(card('gone')).toHaveTextContent('stale');
});

it('says so where no collector ever was', () => {
  render(<Fleet scenario={scenario()} rates={{}} instances={[]} />);
  expect(screen.getByTestId(testIds.controlCenter.fleet)).toHaveTextContent('No collector has registered yet.');
});
