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
  expiry: Expiry;
  reason: string;
  onExpiry: (expiry: Expiry) => void;
  onReason: (reason: string) => void;
}

/** What goes with the next switch, whatever it is. */
export function SwitchOptions({ expiry, reason, onExpiry, onReason }: Props) {
  return (
    <Section title="With the next switch">
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
    </Section>
  );
}
