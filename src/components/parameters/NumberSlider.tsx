import React, { useId } from 'react';
import { Field, Slider } from '@grafana/ui';

import { testIds } from '../testIds';

interface Props {
  field: string;
  label: string;
  value: number;
  min: number;
  max: number;
  step: number;
  error?: string;
  onChange: (value: number) => void;
}

/** A number on a slider with an input beside it. */
export function NumberSlider({ field, label, value, min, max, step, error, onChange }: Props) {
  const id = useId();
  return (
    <div data-testid={testIds.controlCenter.parameter(field)}>
      <Field label={label} htmlFor={id} invalid={Boolean(error)} error={error} noMargin>
        <Slider
          inputId={id}
          ariaLabelForHandle={label}
          value={value}
          min={min}
          max={max}
          step={step}
          included
          onChange={onChange}
        />
      </Field>
    </div>
  );
}
