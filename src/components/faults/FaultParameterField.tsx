import React, { useId } from 'react';
import { Combobox, Field, Input, RadioButtonGroup, TagsInput, TextArea } from '@grafana/ui';

import { distributionOf, type Fault } from '../../types/fault';
import { isReplaced } from '../../types/faultKinds';
import type { FaultParameter } from '../../types/faultParameters';
import { FieldContent } from '../FieldContent';
import { KeyValues } from '../KeyValues';
import { NumberSlider } from '../parameters/NumberSlider';
import { StatusCodes } from '../parameters/StatusCodes';
import { testIds } from '../testIds';
import { JsonField } from './JsonField';
import { NumberField } from './NumberField';

interface Props {
  fault: Fault;
  parameter: FaultParameter;
  problem?: string;
  onChange: (change: Partial<Fault>) => void;
}

/** More choices than these are a list to open. */
const MAX_BUTTONS = 4;

/** Edits one parameter of a fault, by the control that it has. */
export function FaultParameterField({ fault, parameter, problem, onChange }: Props) {
  const id = useId();
  const { name, label, help, control, unit, scale = 1, fallback, choices = [] } = parameter;
  const testId = testIds.faults.field(name);
  const value = fault[name];
  const set = (next: unknown) => onChange({ [name]: next });
  const field = {
    label,
    description: help,
    invalid: problem ? true : undefined,
    error: problem,
    noMargin: true,
  };

  switch (control) {
    case 'number':
      return (
        <NumberField
          label={label}
          description={help}
          unit={unit}
          scale={scale}
          value={value as number | undefined}
          placeholder={typeof fallback === 'number' ? String(fallback / scale) : fallback}
          error={problem}
          disabled={isReplaced(parameter, fault)}
          testId={testId}
          onChange={set}
        />
      );
    case 'share':
      return (
        <NumberSlider
          field={`fault_${name}`}
          label={label}
          description={help}
          unit="%"
          value={asPercent((value ?? fallback) as number)}
          min={0}
          max={100}
          step={1}
          error={problem}
          disabled={isReplaced(parameter, fault)}
          onChange={(next) => set(asShare(next))}
        />
      );
    case 'codes':
      return (
        <StatusCodes
          value={(value as number[] | undefined) ?? []}
          description={value ? undefined : `None is one of ${fallback}`}
          error={problem}
          onChange={set}
        />
      );
    case 'choice': {
      const chosen = name === 'distribution' ? distributionOf(fault) : value;
      return choices.length <= MAX_BUTTONS ? (
        <Field {...field}>
          <FieldContent testId={testId}>
            <RadioButtonGroup
              size="sm"
              options={choices.map((choice) => ({ ...choice }))}
              value={String(chosen ?? fallback)}
              onChange={set}
            />
          </FieldContent>
        </Field>
      ) : name === 'distribution' ? (
        <Field {...field} htmlFor={id}>
          <Combobox
            id={id}
            options={[...choices]}
            value={String(chosen)}
            onChange={(option) => set(option.value)}
            data-testid={testId}
          />
        </Field>
      ) : (
        <Field {...field} htmlFor={id}>
          <Combobox
            id={id}
            isClearable
            options={[...choices]}
            value={chosen === undefined ? null : String(chosen)}
            placeholder={String(fallback ?? '')}
            onChange={(option) => set(option?.value)}
            data-testid={testId}
          />
        </Field>
      );
    }
    case 'names':
      return (
        <Field {...field} htmlFor={id}>
          <FieldContent testId={testId}>
            <TagsInput
              id={id}
              tags={(value as string[] | undefined) ?? []}
              placeholder="Name, then Enter"
              addOnBlur
              autoColors={false}
              onChange={set}
            />
          </FieldContent>
        </Field>
      );
    case 'headers':
      return (
        <KeyValues
          kind="header"
          testId={testId}
          label={label}
          value={(value as Record<string, string> | undefined) ?? {}}
          error={problem}
          onChange={set}
        />
      );
    case 'json':
      return (
        <JsonField
          label={label}
          description={help}
          value={value}
          placeholder={String(fallback ?? '')}
          error={problem}
          testId={testId}
          onChange={set}
        />
      );
    case 'multiline':
      return (
        <Field {...field} htmlFor={id}>
          <TextArea
            id={id}
            rows={4}
            value={(value as string | undefined) ?? ''}
            placeholder={String(fallback ?? '')}
            spellCheck={false}
            onChange={(event) => set(event.currentTarget.value)}
            data-testid={testId}
          />
        </Field>
      );
    case 'text':
      return (
        <Field {...field} htmlFor={id}>
          <Input
            id={id}
            value={(value as string | undefined) ?? ''}
            placeholder={String(fallback ?? '')}
            autoComplete="off"
            onChange={(event) => set(event.currentTarget.value)}
            data-testid={testId}
          />
        </Field>
      );
  }
}

// Percent on screen; rounded, since 0.07 × 100 is not 7.
const asPercent = (share: number) => Number((share * 100).toFixed(2));
const asShare = (percent: number) => Number((percent / 100).toFixed(4));
