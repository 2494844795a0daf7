import React, { useCallback } from 'react';
import { Combobox, Field } from '@grafana/ui';

import { listInstances } from '../../api/scenarios';
import { useLoad } from '../../hooks/useLoad';
import { FieldContent } from '../FieldContent';
import { testIds } from '../testIds';

interface Props {
  id: string;
  /** The gateway whose targets are offered; absent: those of all. */
  gateway?: string;
  value: string;
  error?: string;
  onChange: (target: string) => void;
}

/** Where replays go: the upstream of the gateway, or one of the targets that its configuration names. */
export function TargetChoice({ id, gateway, value, error, onChange }: Props) {
  const load = useCallback((signal: AbortSignal) => listInstances(signal), []);
  const { data: instances } = useLoad(load);
  const names = new Set(
    (instances ?? [])
      .flatMap((instance) => instance.gateways ?? [])
      .filter(({ name }) => !gateway || name === gateway)
      .flatMap((one) => one.replay_targets ?? [])
  );
  return (
    <Field
      label="Target"
      description={
        names.size === 0
          ? 'The upstream of the gateway; others need replay_targets in its configuration'
          : 'The upstream of the gateway, or one of its replay_targets'
      }
      htmlFor={id}
      noMargin
      invalid={Boolean(error)}
      error={error}
    >
      <FieldContent testId={testIds.replays.field('target')}>
        <Combobox<string>
          id={id}
          options={[
            { value: '', label: 'Own upstream' },
            ...[...names].sort().map((name) => ({ value: name, label: name })),
          ]}
          value={value}
          onChange={(option) => onChange(option.value)}
        />
      </FieldContent>
    </Field>
  );
}
