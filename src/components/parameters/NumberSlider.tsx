import { css, cx } from '@emotion/css';
import React, { useId, useState } from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { Field, Input, Slider, useStyles2 } from '@grafana/ui';

import { FieldContent } from '../FieldContent';
import { testIds } from '../testIds';

interface Props {
  field: string;
  label: string;
  unit: string;
  value: number;
  min: number;
  max: number;
  step: number;
  description?: string;
  error?: string;
  disabled?: boolean;
  onChange: (value: number) => void;
}

/** A number on a slider, with an input beside it that takes any number: what is out of bounds is said, not cut off. */
export function NumberSlider({
  field,
  label,
  unit,
  value,
  min,
  max,
  step,
  description,
  error,
  disabled,
  onChange,
}: Props) {
  const styles = useStyles2(getStyles);
  const id = useId();
  // What is typed stays as it is typed ("", "1.") until the input is left.
  const [typed, setTyped] = useState<string>();
  const onType = (text: string) => {
    setTyped(text);
    if (text.trim() !== '' && Number.isFinite(Number(text))) {
      onChange(Number(text));
    }
  };
  return (
    <div data-testid={testIds.controlCenter.parameter(field)}>
      <Field
        label={label}
        description={description}
        disabled={disabled}
        htmlFor={id}
        invalid={error ? true : undefined}
        error={error}
        noMargin
      >
        <FieldContent className={styles.row}>
          <div className={cx(styles.slider, disabled && styles.disabled)}>
            <Slider
              inputId={`${id}-slider`}
              ariaLabelForHandle={label}
              showInput={false}
              value={Math.min(max, Math.max(min, value))}
              min={min}
              max={max}
              step={step}
              included
              onChange={(next) => {
                if (disabled) {
                  return;
                }
                setTyped(undefined);
                onChange(next);
              }}
            />
          </div>
          <Input
            id={id}
            type="number"
            width={13}
            step="any"
            suffix={unit}
            disabled={disabled}
            value={typed ?? String(value)}
            onChange={(event) => onType(event.currentTarget.value)}
            onBlur={() => setTyped(undefined)}
          />
        </FieldContent>
      </Field>
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  row: css({ display: 'flex', alignItems: 'center', gap: theme.spacing(2) }),
  slider: css({ flex: 1, minWidth: 0 }),
  disabled: css({ opacity: theme.colors.action.disabledOpacity, pointerEvents: 'none' }),
});
