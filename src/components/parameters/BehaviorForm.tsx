import React from 'react';
import { InlineSwitch, Stack } from '@grafana/ui';

import { isOff, withFaults } from '../../types/behavior';
import type { FieldError } from '../../types/problem';
import type { Behavior } from '../../types/scenario';
import { Faults } from '../faults/Faults';
import { testIds } from '../testIds';
import { NumberSlider } from './NumberSlider';
import { StatusCodes } from './StatusCodes';

interface Props {
  /** With all parameters of its mode. */
  behavior: Behavior;
  errors: readonly FieldError[];
  onChange: (behavior: Behavior) => void;
}

/** Edits the parameters of a mode, and the faults besides. */
export function BehaviorForm({ behavior, errors, onChange }: Props) {
  if (behavior.mode === 'healthy') {
    return <div>Healthy has no parameters: traffic passes as it is.</div>;
  }
  return (
    <Stack direction="column" gap={2}>
      <ParametersForm behavior={behavior} errors={errors} onChange={onChange} />
      <Faults
        faults={behavior.faults ?? []}
        errors={errors}
        note={isOff(behavior) && 'They alone do something: the parameters above are turned off.'}
        onChange={(faults) => onChange(withFaults(behavior, faults))}
      />
    </Stack>
  );
}

function ParametersForm({ behavior, errors, onChange }: Props) {
  const problem = (field: string) =>
    errors.find((error) => error.field === field || error.field.startsWith(`${field}[`))?.problem;
  const set = (change: Partial<Behavior>) => onChange({ ...behavior, ...change });

  const share = (field: 'error_rate' | 'timeout_rate' | 'spike_probability', label: string) => (
    <NumberSlider
      field={field}
      label={label}
      unit="%"
      // Percent on screen; rounded, since 0.07 × 100 is not 7.
      value={Number(((behavior[field] ?? 0) * 100).toFixed(1))}
      min={0}
      max={100}
      step={1}
      error={problem(field)}
      onChange={(value) => set({ [field]: Number((value / 100).toFixed(4)) })}
    />
  );
  const time = (
    field: 'latency_min_ms' | 'latency_max_ms' | 'timeout_ms',
    label: string,
    max: number,
    step: number
  ) => (
    <NumberSlider
      field={field}
      label={label}
      unit="ms"
      value={behavior[field] ?? 0}
      min={0}
      max={Math.max(max, behavior[field] ?? 0)}
      step={step}
      error={problem(field)}
      onChange={(value) => set({ [field]: Math.round(value) })}
    />
  );
  const toggle = (field: 'random_errors' | 'random_slowdowns', label: string) => (
    <InlineSwitch
      label={label}
      showLabel
      transparent
      value={behavior[field] ?? true}
      onChange={(event) => set({ [field]: event.currentTarget.checked })}
      data-testid={testIds.controlCenter.parameter(field)}
    />
  );
  const codes = (
    <StatusCodes
      value={behavior.status_codes ?? []}
      error={problem('status_codes')}
      onChange={(status_codes) => set({ status_codes })}
    />
  );

  switch (behavior.mode) {
    case 'healthy':
      return null;
    case 'degraded':
      return (
        <Stack direction="column" gap={2}>
          <NumberSlider
            field="latency_multiplier"
            label="Latency multiplier"
            unit="×"
            value={behavior.latency_multiplier ?? 2}
            min={1}
            max={Math.max(20, behavior.latency_multiplier ?? 0)}
            step={0.5}
            error={problem('latency_multiplier')}
            onChange={(latency_multiplier) => set({ latency_multiplier })}
          />
          {share('error_rate', 'Error rate')}
          {Boolean(behavior.error_rate) && codes}
        </Stack>
      );
    case 'error':
      return (
        <Stack direction="column" gap={2}>
          {share('error_rate', 'Error rate')}
          {codes}
        </Stack>
      );
    case 'chaos':
      return (
        <Stack direction="column" gap={2}>
          {toggle('random_errors', 'Random errors')}
          {behavior.random_errors && (
            <>
              {share('error_rate', 'Error rate')}
              {codes}
            </>
          )}
          {toggle('random_slowdowns', 'Random slowdowns')}
          {behavior.random_slowdowns && (
            <>
              {share('spike_probability', 'Spike probability')}
              {time('latency_min_ms', 'Spike latency from', 10000, 50)}
              {time('latency_max_ms', 'Spike latency to', 10000, 50)}
            </>
          )}
          {share('timeout_rate', 'Timeout rate')}
          {Boolean(behavior.timeout_rate) && time('timeout_ms', 'Timeout after', 60000, 500)}
        </Stack>
      );
  }
}
