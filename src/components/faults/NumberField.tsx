import React, { useId, useState } from 'react';
import { Field, Input } from '@grafana/ui';

interface Props {
  label: string;
  description?: string;
  unit?: string;
  /** How many of the value's units make one of those that are shown. */
  scale?: number;
  value: number | undefined;
  /** What it is where nothing is typed. */
  placeholder?: string;
  error?: string;
  disabled?: boolean;
  testId: string;
  /** Gives nothing where nothing is typed. */
  onChange: (value: number | undefined) => void;
}

/** A number that may be absent. What is out of bounds is said by error, not cut off. */
export function NumberField(props: Props) {
  const { label, description, unit, scale = 1, value, placeholder, error, disabled, testId, onChange } = props;
  const id = useId();
  // What is typed stays as it is typed ("1.") until the input is left.
  const [typed, setTyped] = useState<string>();
  const shown = value === undefined ? '' : String(Number((value / scale).toFixed(6)));
  const onType = (text: string) => {
    setTyped(text);
    if (text.trim() === '') {
      onChange(undefined);
    } else if (Number.isFinite(Number(text))) {
      onChange(Number((Number(text) * scale).toFixed(6)));
    }
  };
  return (
    <Field
      label={label}
      description={description}
      htmlFor={id}
      disabled={disabled}
      invalid={error ? true : undefined}
      error={error}
      noMargin
    >
      <Input
        id={id}
        type="number"
        step="any"
        suffix={unit}
        placeholder={placeholder}
        disabled={disabled}
        value={typed ?? shown}
        onChange={(event) => onType(event.currentTarget.value)}
        onBlur={() => setTyped(undefined)}
        data-testid={testId}
      />
    </Field>
  );
}
