import { css } from '@emotion/css';
import React, { useId } from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { Combobox, Field, InlineSwitch, Input, RadioButtonGroup, useStyles2 } from '@grafana/ui';

import { protocolOptions } from '../../types/protocolWords';
import type { Target } from '../../types/scenario';
import { FieldContent } from '../FieldContent';
import { KeyValues } from '../KeyValues';
import { NumberSlider } from '../parameters/NumberSlider';
import { testIds } from '../testIds';
import { MethodPills } from './MethodPills';
import type { Suggestions } from './suggestions';

interface Props {
  target: Target;
  /** The problem of a field of the target. */
  problem: (field: string) => string | undefined;
  suggestions: Suggestions;
  onChange: (target: Target) => void;
}

const protocols = [{ value: '', label: 'Any protocol' }, ...protocolOptions];

/** Says which traffic a rule is about. Every condition that is given must hold. */
export function TargetForm({ target, problem, suggestions, onChange }: Props) {
  const styles = useStyles2(getStyles);
  const id = useId();
  const set = (change: Partial<Target>) => onChange({ ...target, ...change });
  const gateways = [...new Set([...suggestions.gateways, ...(target.gateway ? [target.gateway] : [])])].sort();

  const text = (field: 'path' | 'consumer' | 'operation', label: string, description: string, placeholder: string) => (
    <Field
      label={label}
      description={description}
      htmlFor={`${id}-${field}`}
      invalid={problem(field) ? true : undefined}
      error={problem(field)}
      noMargin
    >
      <Input
        id={`${id}-${field}`}
        value={target[field] ?? ''}
        placeholder={placeholder}
        list={field === 'path' ? `${id}-routes` : undefined}
        autoComplete="off"
        onChange={(event) => set({ [field]: event.currentTarget.value })}
        data-testid={testIds.rules.field(field)}
      />
    </Field>
  );

  return (
    <div className={styles.form}>
      <datalist id={`${id}-routes`}>
        {suggestions.routes.map((route) => (
          <option key={route} value={route} />
        ))}
      </datalist>
      <div className={styles.pair}>
        <Field label="Gateway" invalid={problem('gateway') ? true : undefined} error={problem('gateway')} noMargin>
          <Combobox
            id={`${id}-gateway`}
            aria-label="Gateway"
            createCustomValue
            options={[
              { value: '', label: 'Any gateway' },
              ...gateways.map((gateway) => ({ value: gateway, label: gateway })),
            ]}
            value={target.gateway ?? ''}
            onChange={({ value }) => set({ gateway: value })}
          />
        </Field>
        <Field label="Protocol" invalid={problem('protocol') ? true : undefined} error={problem('protocol')} noMargin>
          <Combobox
            id={`${id}-protocol`}
            aria-label="Protocol"
            options={protocols}
            value={target.protocol ?? ''}
            onChange={({ value }) => set({ protocol: value })}
          />
        </Field>
      </div>
      <MethodPills value={target.methods ?? []} error={problem('methods')} onChange={(methods) => set({ methods })} />
      {text('path', 'Path', '{id} is one segment, * is within one, a final /** all that follows', '/users/{id}/orders/**')}
      <div className={styles.pair}>
        {text('consumer', 'Consumer', 'Who calls, exactly', 'mobile-app')}
        {text('operation', 'Operation', 'A gRPC method or a GraphQL operation', '/shop.Shop/Get')}
      </div>
      <KeyValues
        kind="header"
        testId={testIds.rules.field('headers')}
        placeholder="Value, or * for any"
        label="Headers"
        value={target.headers ?? {}}
        error={problem('headers')}
        onChange={(headers) => set({ headers })}
      />
      <KeyValues
        kind="query parameter"
        testId={testIds.rules.field('query')}
        placeholder="Value, or * for any"
        label="Query parameters"
        value={target.query ?? {}}
        error={problem('query')}
        onChange={(query) => set({ query })}
      />
      <div>
        <InlineSwitch
          label="Only a share of it"
          showLabel
          transparent
          value={target.share !== undefined}
          onChange={(event) => set(event.currentTarget.checked ? { share: 0.1 } : { share: undefined })}
          data-testid={testIds.rules.field('has_share')}
        />
      </div>
      {target.share !== undefined && (
        <>
          <NumberSlider
            field="share"
            label="Share"
            unit="%"
            value={Number((target.share * 100).toFixed(1))}
            min={0}
            max={100}
            step={1}
            error={problem('share')}
            onChange={(value) => set({ share: Number((value / 100).toFixed(4)) })}
          />
          <Field label="Share of" description="The same traces or consumers are hit each time" noMargin>
            <FieldContent testId={testIds.rules.field('share_by')}>
              <RadioButtonGroup
                size="sm"
                options={[
                  { value: 'trace', label: 'Traces', description: 'All requests of a trace are treated alike' },
                  {
                    value: 'consumer',
                    label: 'Consumers',
                    description: 'All requests of a consumer are treated alike',
                  },
                  { value: 'exchange', label: 'Exchanges', description: 'Each request is drawn for' },
                ]}
                value={target.share_by ?? 'trace'}
                onChange={(share_by) => set({ share_by })}
              />
            </FieldContent>
          </Field>
        </>
      )}
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  form: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(2) }),
  pair: css({
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 200px), 1fr))',
    gap: theme.spacing(2),
  }),
});
