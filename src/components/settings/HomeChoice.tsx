import React from 'react';
import { Field, RadioButtonGroup } from '@grafana/ui';

import type { Home } from '../../types/collectorConnection';
import { FieldContent } from '../FieldContent';
import { testIds } from '../testIds';

interface Props {
  id: string;
  value: Home;
  onChange: (home: Home) => void;
}

/** Chooses whether a database or a collector is asked. */
export function HomeChoice({ id, value, onChange }: Props) {
  return (
    <Field
      label="Recordings and scenarios are in"
      description="A database that the collectors share, or whatever one collector stores in: then that collector is asked for all."
      htmlFor={id}
    >
      <FieldContent testId={testIds.collector.home}>
        <RadioButtonGroup<Home>
          id={id}
          options={[
            { value: 'database', label: 'Database' },
            { value: 'collector', label: 'Collector' },
          ]}
          value={value}
          onChange={onChange}
        />
      </FieldContent>
    </Field>
  );
}
