import React from 'react';
import { Button, Stack } from '@grafana/ui';

import type { ApiError } from '../../api/ApiError';
import { sameBehavior, summarize, validateBehavior } from '../../types/behavior';
import type { Behavior, Latency, Mode } from '../../types/scenario';
import { modeLooks } from '../modes/modeLook';
import { Section } from '../Section';
import { testIds } from '../testIds';
import { FaultSentences } from '../faults/FaultSentences';
import { BehaviorForm } from './BehaviorForm';
import { ExpectedEffect } from './ExpectedEffect';

interface Props {
  /** The parameters as they are edited. */
  draft: Behavior;
  /** The parameters in force, where draft's mode is. */
  inForce?: Behavior;
  failure?: ApiError;
  writable: boolean;
  busy: boolean;
  onChange: (draft: Behavior) => void;
  onApply: () => void;
  onReset: (mode: Mode) => void;
  /** Keeps the parameters for the next switch to the mode; absent where it cannot. */
  onKeep?: () => void;
  /** Added latency, which comes on top of what the mode does. */
  latency?: Latency;
  /** Latencies of unharmed traffic, by BOUNDS, to estimate from. */
  baseline: readonly number[];
}

/** The parameters of one mode. A mode in force gets "Apply changes", another one its switch. */
export function ParametersPanel(props: Props) {
  const { draft, inForce, failure, writable, busy, onChange, onApply, onReset, onKeep, latency, baseline } = props;
  const look = modeLooks[draft.mode];
  const errors = [...validateBehavior(draft), ...(failure?.fields ?? [])];
  const invalid = validateBehavior(draft).length > 0;
  const changed = !inForce || !sameBehavior(draft, inForce);

  return (
    <Section title={`Parameters of ${look.label.toLowerCase()}`} testId={testIds.controlCenter.parameters}>
      {!invalid && <ExpectedEffect behavior={draft} latency={latency} baseline={baseline} />}
      {writable ? (
        <BehaviorForm behavior={draft} errors={errors} onChange={onChange} />
      ) : (
        <>
          <div>{summarize(draft)}</div>
          <FaultSentences faults={draft.faults ?? []} />
        </>
      )}
      {writable && draft.mode !== 'healthy' && (
        <Stack direction="row" gap={1} wrap="wrap">
          <Button
            onClick={onApply}
            disabled={busy || invalid || !changed}
            icon={busy ? 'spinner' : undefined}
            data-testid={testIds.controlCenter.apply}
          >
            {inForce ? 'Apply changes' : `Switch to ${look.label.toLowerCase()}`}
          </Button>
          {onKeep && (
            <Button
              variant="secondary"
              disabled={busy || invalid}
              tooltip="Does not switch: the next switch to chaos takes these parameters, whoever makes it"
              onClick={onKeep}
              data-testid={testIds.controlCenter.keepChaos}
            >
              Keep for next time
            </Button>
          )}
          <Button
            variant="secondary"
            fill="text"
            onClick={() => onReset(draft.mode)}
            data-testid={testIds.controlCenter.reset}
          >
            {inForce && changed ? 'Discard changes' : 'Defaults'}
          </Button>
        </Stack>
      )}
    </Section>
  );
}
