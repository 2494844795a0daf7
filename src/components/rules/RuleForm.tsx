import { css } from '@emotion/css';
import React, { useId } from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { Field, Input, RadioButtonGroup, useStyles2 } from '@grafana/ui';

import { withDefaults } from '../../types/behavior';
import type { FieldError } from '../../types/problem';
import { MODES, type Behavior, type Mode, type Rule } from '../../types/scenario';
import { FieldContent } from '../FieldContent';
import { modeLooks } from '../modes/modeLook';
import { BehaviorForm } from '../parameters/BehaviorForm';
import { testIds } from '../testIds';
import type { Suggestions } from './suggestions';
import { TargetForm } from './TargetForm';

interface Props {
  rule: Rule;
  /** By the names of the rule's own fields: "name", "target.path", "error_rate". */
  errors: readonly FieldError[];
  suggestions: Suggestions;
  onChange: (rule: Rule) => void;
}

type Treatment = Mode | 'exclude';

const treatments: Array<{ value: Treatment; label: string; description: string }> = [
  {
    value: 'exclude',
    label: 'Exclude',
    description: 'Leave this traffic unharmed, by the mode and by added latency',
  },
  ...MODES.map((mode) => ({ value: mode, label: modeLooks[mode].label, description: modeLooks[mode].description })),
];

/** Edits one rule: its name, which traffic it is about, and what happens to that. */
export function RuleForm({ rule, errors, suggestions, onChange }: Props) {
  const styles = useStyles2(getStyles);
  const id = useId();
  const problem = (field: string) =>
    errors.find(
      (error) => error.field === field || error.field.startsWith(`${field}[`) || error.field.startsWith(`${field}.`)
    )?.problem;

  const treat = (treatment: Treatment) => {
    const { name, target, disabled } = rule;
    onChange(
      treatment === 'exclude'
        ? { name, target, disabled, mode: 'healthy', exclude: true }
        : { name, target, disabled, ...withDefaults({ mode: treatment, faults: rule.faults }) }
    );
  };
  const behave = ({ mode, ...parameters }: Behavior) => {
    const { name, target, disabled } = rule;
    onChange({ name, target, disabled, ...parameters, mode });
  };

  return (
    <div className={styles.form}>
      <Field
        label="Name"
        htmlFor={id}
        invalid={problem('name') ? true : undefined}
        error={problem('name')}
        description="Recordings, spans and metrics say which rule they met"
        noMargin
      >
        <Input
          id={id}
          value={rule.name}
          maxLength={100}
          onChange={(event) => onChange({ ...rule, name: event.currentTarget.value })}
          data-testid={testIds.rules.field('name')}
        />
      </Field>
      <section className={styles.part} aria-label="Which traffic">
        <h5>Which traffic</h5>
        <TargetForm
          target={rule.target}
          problem={(field) => problem(`target.${field}`)}
          suggestions={suggestions}
          onChange={(target) => onChange({ ...rule, target })}
        />
      </section>
      <section className={styles.part} aria-label="What happens to it">
        <h5>What happens to it</h5>
        <Field invalid={problem('mode') ? true : undefined} error={problem('mode') ?? problem('exclude')} noMargin>
          <FieldContent testId={testIds.rules.field('treatment')}>
            <RadioButtonGroup
              options={treatments}
              value={rule.exclude ? 'exclude' : rule.mode}
              onChange={treat}
              fullWidth
              size="sm"
            />
          </FieldContent>
        </Field>
        {rule.exclude ? (
          <div className={styles.weak}>
            It passes as it is, whatever the mode, the added latency and later rules say.
          </div>
        ) : rule.mode === 'healthy' ? (
          <div className={styles.weak}>It passes as it is; added latency still applies.</div>
        ) : (
          <BehaviorForm behavior={withDefaults(rule)} errors={errors} onChange={behave} />
        )}
      </section>
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  form: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(3) }),
  part: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(2), '& h5': { margin: 0 } }),
  weak: css({ color: theme.colors.text.secondary }),
});
