import { css } from '@emotion/css';
import React from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { Field, FilterPill, RadioButtonGroup, useStyles2 } from '@grafana/ui';

import type { Scope, When } from '../../types/fault';
import { changedWhen } from '../../types/faultForm';
import { counts } from '../../types/faultSchedule';
import { FieldContent } from '../FieldContent';
import { testIds } from '../testIds';
import { NumberField } from './NumberField';
import { SchedulePreview } from './SchedulePreview';

interface Props {
  when: When | undefined;
  /** What is counted: "requests", "connections", "messages". */
  what: string;
  /** Whether it can be counted by consumer, route or trace. */
  scoped: boolean;
  problem: (field: keyof When) => string | undefined;
  onChange: (when: When | undefined) => void;
}

type CountField = Exclude<keyof When, 'per'>;

interface Condition {
  label: string;
  /** Its fields with the values that they begin with. */
  begins: Partial<Record<CountField, number>>;
}

const conditions: readonly Condition[] = [
  { label: 'First few', begins: { first: 2 } },
  { label: 'Every nth', begins: { every: 3 } },
  { label: 'Bursts', begins: { burst_length: 5, burst_of: 20 } },
  { label: 'Time windows', begins: { window_on_ms: 10_000, window_of_ms: 60_000 } },
  { label: 'Ramp', begins: { ramp_ms: 60_000 } },
];

const looks: Record<CountField, { label: string; seconds?: boolean }> = {
  first: { label: 'The first' },
  every: { label: 'One of every' },
  burst_length: { label: 'In a row' },
  burst_of: { label: 'Of every' },
  window_on_ms: { label: 'On for', seconds: true },
  window_of_ms: { label: 'Of every', seconds: true },
  ramp_ms: { label: 'Share grows over', seconds: true },
};

const scopes: Array<{ value: Scope; label: string; description: string }> = [
  { value: 'all', label: 'All', description: 'All that the rule is about are counted together' },
  { value: 'consumer', label: 'Consumer', description: 'Each consumer is counted by itself' },
  { value: 'route', label: 'Route', description: 'Each route is counted by itself' },
  { value: 'trace', label: 'Trace', description: 'Each trace by itself: what tries again succeeds' },
];

/** Says when a fault works: by counting, by the clock, or both. */
export function ScheduleForm({ when, what, scoped, problem, onChange }: Props) {
  const styles = useStyles2(getStyles);
  const set = (change: Partial<When>) => onChange(changedWhen(when, change));
  const isOn = ({ begins }: Condition) => fieldsOf(begins).some((field) => when !== undefined && field in when);
  const toggle = (condition: Condition) =>
    set(
      isOn(condition)
        ? Object.fromEntries(fieldsOf(condition.begins).map((field) => [field, undefined]))
        : condition.begins
    );
  const shown = conditions.filter(isOn).flatMap(({ begins }) => fieldsOf(begins));
  const valid = shown.every((field) => when?.[field] !== undefined && problem(field) === undefined);

  return (
    <>
      <Field label="When" description={when ? undefined : 'None is always'} noMargin>
        <FieldContent className={styles.pills}>
          {conditions.map((condition) => (
            <span key={condition.label} data-testid={testIds.faults.schedule(condition.label)}>
              <FilterPill label={condition.label} selected={isOn(condition)} onClick={() => toggle(condition)} />
            </span>
          ))}
        </FieldContent>
      </Field>
      {shown.length > 0 && when && (
        <>
          <div className={styles.fields}>
            {shown.map((field) => (
              <NumberField
                key={field}
                label={looks[field].label}
                unit={looks[field].seconds ? 's' : what}
                scale={looks[field].seconds ? 1000 : 1}
                value={when[field]}
                error={problem(field)}
                testId={testIds.faults.field(`when.${field}`)}
                onChange={(value) => onChange(changedWhenTyping(when, field, value))}
              />
            ))}
          </div>
          {scoped && counts(when) && (
            <Field label="Counted by" error={problem('per')} invalid={problem('per') ? true : undefined} noMargin>
              <FieldContent testId={testIds.faults.field('when.per')}>
                <RadioButtonGroup
                  size="sm"
                  options={scopes}
                  value={when.per ?? 'all'}
                  onChange={(per) => set({ per })}
                />
              </FieldContent>
            </Field>
          )}
          <SchedulePreview when={when} valid={valid} />
        </>
      )}
    </>
  );
}

const fieldsOf = (begins: Condition['begins']) => Object.keys(begins) as CountField[];

/** A field that is emptied stays to be filled: what is missing is said. */
function changedWhenTyping(when: When, field: CountField, value: number | undefined): When {
  return { ...when, [field]: value };
}

const getStyles = (theme: GrafanaTheme2) => ({
  pills: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(0.5) }),
  fields: css({
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, max(140px, 30%)), 1fr))',
    gap: theme.spacing(2),
    alignItems: 'start',
  }),
});
