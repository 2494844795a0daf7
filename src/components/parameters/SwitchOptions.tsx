import React from 'react';
import { Field, Input, RadioButtonGroup } from '@grafana/ui';

import { FieldContent } from '../FieldContent';
import { Section } from '../Section';
import { testIds } from '../testIds';

/** After how long a switch falls back to healthy, as the API takes it; empty is never. */
export type Expiry = '' | '5m' | '15m' | '1h';

const expiries: Array<{ label: string; value: Expiry }> = [
  { label: '5 min', value: '5m' },
  { label: '15 min', value: '15m' },
  { label: '1 hour', value: '1h' },
  { label: 'Never', value: '' },
];

interface Props {
  title?: string;
  expiry: Expiry;
  reason: string;
  /** The seed in force as text, empty for none; absent where it cannot be given. */
  seed?: string;
  onExpiry: (expiry: Expiry) => void;
  onReason: (reason: string) => void;
  onSeed?: (seed: string) => void;
}

/** Whether text is a seed that the API takes, or none. */
export function isSeed(text: string): boolean {
  return text === '' || (/^\d+$/.test(text) && Number.isSafeInteger(Number(text)));
}

/** What goes with the next switch, whatever it is. */
export function SwitchOptions({
  title = 'With the next switch',
  expiry,
  reason,
  seed,
  onExpiry,
  onReason,
  onSeed,
}: Props) {
  const problem = seed !== undefined && !isSeed(seed) ? 'must be a whole number of at least 0' : undefined;
  return (
    <Section title={title}>
      <Field label="Back to healthy after" noMargin>
        <FieldContent testId={testIds.controlCenter.expiry}>
          <RadioButtonGroup options={expiries} value={expiry} onChange={onExpiry} fullWidth size="sm" />
        </FieldContent>
      </Field>
      <Field label="Reason (optional)" noMargin>
        <Input
          value={reason}
          maxLength={500}
          placeholder="Game day, ticket, experiment"
          onChange={(event) => onReason(event.currentTarget.value)}
          data-testid={testIds.controlCenter.reason}
        />
      </Field>
      {onSeed && seed !== undefined && (
        <Field
          label="Seed (optional)"
          description="With one, the same traces meet the same faults again"
          invalid={problem ? true : undefined}
          error={problem}
          noMargin
        >
          <Input
            value={seed}
            inputMode="numeric"
            placeholder="At random"
            onChange={(event) => onSeed(event.currentTarget.value.trim())}
            data-testid={testIds.controlCenter.seed}
          />
        </Field>
      )}
    </Section>
  );
}
