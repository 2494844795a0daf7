import { css } from '@emotion/css';
import React, { useState } from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { Field, Input, RangeSlider, useStyles2 } from '@grafana/ui';

import type { Latency } from '../../types/scenario';
import { FieldContent } from '../FieldContent';
import { testIds } from '../testIds';

/** Milliseconds to which the slider goes, unless the value is above. */
const SLIDER_MAX = 5000;

interface Props {
  value: Latency;
  error?: string;
  onChange: (value: Latency) => void;
}

/** Both bounds of added latency, by slider or by number. */
export function LatencyBounds({ value, error, onChange }: Props) {
  const styles = useStyles2(getStyles);
  // RangeSlider keeps its own value: another one makes a new slider, unless it came from the slider.
  const [slider, setSlider] = useState({ value, generation: 0 });
  if (slider.value.min_ms !== value.min_ms || slider.value.max_ms !== value.max_ms) {
    setSlider({ value, generation: slider.generation + 1 });
  }
  const slide = (next: Latency) => {
    setSlider({ ...slider, value: next });
    onChange(next);
  };
  const bound = (field: keyof Latency, label: string, testId: string) => (
    <Input
      type="number"
      min={0}
      width={14}
      prefix={label}
      suffix="ms"
      aria-label={`Added latency ${label}`}
      value={value[field]}
      onChange={(event) => onChange({ ...value, [field]: Math.round(Number(event.currentTarget.value)) })}
      data-testid={testId}
    />
  );
  return (
    <Field noMargin invalid={error ? true : undefined} error={error}>
      <FieldContent>
        <div className={styles.slider}>
          <RangeSlider
            key={slider.generation}
            min={0}
            max={Math.max(SLIDER_MAX, value.max_ms)}
            step={10}
            value={[value.min_ms, value.max_ms]}
            onChange={([min_ms, max_ms]) => slide({ min_ms, max_ms })}
            tooltipAlwaysVisible={false}
          />
        </div>
        <div className={styles.inputs}>
          {bound('min_ms', 'from', testIds.controlCenter.latencyMin)}
          {bound('max_ms', 'to', testIds.controlCenter.latencyMax)}
        </div>
      </FieldContent>
    </Field>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  // Its handles stand out at both ends.
  slider: css({ paddingRight: theme.spacing(2) }),
  inputs: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(1) }),
});
