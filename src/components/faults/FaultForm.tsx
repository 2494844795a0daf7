import { css } from '@emotion/css';
import React, { useId, useState } from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { Button, Combobox, Field, useStyles2 } from '@grafana/ui';

import { levelOf, type Fault } from '../../types/fault';
import { changedFault, ofKind, validateFault } from '../../types/faultForm';
import { kindLook, shownParameters } from '../../types/faultKinds';
import type { FaultParameter, ParameterControl } from '../../types/faultParameters';
import { shareOf } from '../../types/faultWords';
import type { FieldError } from '../../types/problem';
import { NumberSlider } from '../parameters/NumberSlider';
import { testIds } from '../testIds';
import { kindOptions } from './faultLook';
import { FaultParameterField } from './FaultParameterField';
import { LatencyPreview } from './LatencyPreview';
import { ScheduleForm } from './ScheduleForm';

interface Props {
  fault: Fault;
  /** By the names of the fault's own fields: "keep", "when.every". */
  errors: readonly FieldError[];
  onChange: (fault: Fault) => void;
}

/** Edits one fault: its kind, what it does, to how much, and when. */
export function FaultForm({ fault, errors, onChange }: Props) {
  const styles = useStyles2(getStyles);
  const id = useId();
  const problem = (field: string) =>
    errors.find(
      (error) => error.field === field || error.field.startsWith(`${field}[`) || error.field.startsWith(`${field}.`)
    )?.problem;
  const shown = shownParameters(fault);
  const given = ({ name }: FaultParameter) => fault[name] !== undefined || problem(name) !== undefined;
  const [opened, setOpened] = useState(false);
  const more = shown.filter((parameter) => parameter.more);
  // What is given is not hidden.
  const open = opened || more.some(given);
  const set = (change: Partial<Fault>) => onChange(changedFault(fault, change));
  const what = shareOf(fault);
  const own = validateFault(fault);

  const field = (parameter: FaultParameter) => (
    <div
      key={`${fault.kind} ${parameter.name} ${parameter.label}`}
      className={wide(parameter) ? styles.wide : undefined}
    >
      <FaultParameterField fault={fault} parameter={parameter} problem={problem(parameter.name)} onChange={set} />
    </div>
  );

  return (
    <div className={styles.form} data-testid={testIds.faults.form}>
      <Field
        label="Kind"
        description={kindLook(fault.kind).description}
        htmlFor={id}
        invalid={problem('kind') ? true : undefined}
        error={problem('kind')}
        noMargin
      >
        <Combobox
          id={id}
          options={kindOptions}
          value={fault.kind}
          onChange={({ value }) => onChange(ofKind(fault, value))}
          data-testid={testIds.faults.kind}
        />
      </Field>
      <div className={styles.fields}>
        {shown.filter((parameter) => !parameter.more).map(field)}
        {fault.kind === 'latency' && (
          <LatencyPreview fault={fault} valid={!own.some((error) => error.field.endsWith('_ms'))} />
        )}
        {open && more.map(field)}
      </div>
      {more.length > 0 && !more.some(given) && (
        <div>
          <Button
            type="button"
            size="sm"
            variant="secondary"
            fill="text"
            icon={open ? 'angle-up' : 'angle-down'}
            aria-expanded={open}
            onClick={() => setOpened(!opened)}
            data-testid={testIds.faults.more}
          >
            {open ? 'Fewer options' : 'More options'}
          </Button>
        </div>
      )}
      <NumberSlider
        field="fault_share"
        label={`Share of ${what}`}
        unit="%"
        value={Number(((fault.share ?? 1) * 100).toFixed(2))}
        min={0}
        max={100}
        step={1}
        error={problem('share')}
        onChange={(value) => set({ share: Number((value / 100).toFixed(4)) })}
      />
      <ScheduleForm
        when={fault.when}
        what={what}
        scoped={levelOf(fault.kind) !== 'connection'}
        problem={(name) => problem(`when.${name}`)}
        onChange={(when) => set({ when })}
      />
    </div>
  );
}

const wideControls: readonly ParameterControl[] = ['share', 'codes', 'choice', 'names', 'headers', 'json', 'multiline'];

const wide = ({ control }: FaultParameter) => wideControls.includes(control);

const getStyles = (theme: GrafanaTheme2) => ({
  form: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(2) }),
  fields: css({
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, max(140px, 30%)), 1fr))',
    gap: theme.spacing(2),
    alignItems: 'start',
    '&:empty': { display: 'none' },
  }),
  wide: css({ gridColumn: '1 / -1', minWidth: 0 }),
});
