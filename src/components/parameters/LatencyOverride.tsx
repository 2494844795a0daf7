import { css } from '@emotion/css';
import React, { useState } from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { Button, Field, Input, RangeSlider, Stack, useStyles2 } from '@grafana/ui';

import type { ApiError } from '../../api/ApiError';
import { validateRange } from '../../types/behavior';
import type { Latency } from '../../types/scenario';
import { FieldContent } from '../FieldContent';
import { Section } from '../Section';
import { testIds } from '../testIds';

const SLIDER_MAX = 5000;
const initial: Latency = { min_ms: 100, max_ms: 300 };

interface Props {
  /** What is in force. */
  latency?: Latency;
  failure?: ApiError;
  writable: boolean;
  busy: boolean;
  onApply: (latency: Latency | null) => void;
}

/** Adds latency to every exchange, in any mode. */
export function LatencyOverride({ latency, failure, writable, busy, onApply }: Props) {
  const styles = useStyles2(getStyles);
  const [edited, setEdited] = useState<Latency>();
  const draft = edited ?? latency ?? initial;
  const [problem] = [...validateRange(draft.min_ms, draft.max_ms, 'min_ms', 'max_ms'), ...(failure?.fields ?? [])];
  const changed = !latency || latency.min_ms !== draft.min_ms || latency.max_ms !== draft.max_ms;
  const invalid = validateRange(draft.min_ms, draft.max_ms, 'min_ms', 'max_ms').length > 0;

  const apply = (next: Latency | null) => {
    onApply(next);
    setEdited(next ?? undefined);
  };
  const bound = (field: keyof Latency, label: string, testId: string) => (
    <Input
      type="number"
      min={0}
      width={14}
      prefix={label}
      suffix="ms"
      aria-label={`Added latency ${label}`}
      value={draft[field]}
      onChange={(event) => setEdited({ ...draft, [field]: Math.round(Number(event.currentTarget.value)) })}
      data-testid={testId}
    />
  );

  return (
    <Section title="Latency override" testId={testIds.controlCenter.latency}>
      <div className={styles.state}>
        {latency
          ? `Every exchange is delayed by ${latency.min_ms} to ${latency.max_ms} ms.`
          : 'Delays every exchange, whatever the mode. Off.'}
      </div>
      {writable && (
        <>
          <Field noMargin invalid={problem ? true : undefined} error={problem?.problem}>
            <FieldContent>
              <RangeSlider
                min={0}
                max={Math.max(SLIDER_MAX, draft.max_ms)}
                step={10}
                value={[draft.min_ms, draft.max_ms]}
                onChange={([min_ms, max_ms]) => setEdited({ min_ms, max_ms })}
                tooltipAlwaysVisible={false}
              />
              <Stack direction="row" gap={1} wrap="wrap">
                {bound('min_ms', 'from', testIds.controlCenter.latencyMin)}
                {bound('max_ms', 'to', testIds.controlCenter.latencyMax)}
              </Stack>
            </FieldContent>
          </Field>
          <Stack direction="row" gap={1}>
            <Button
              variant="secondary"
              disabled={busy || invalid || !changed}
              onClick={() => apply(draft)}
              data-testid={testIds.controlCenter.applyLatency}
            >
              {latency ? 'Apply changes' : 'Add latency'}
            </Button>
            {latency && (
              <Button
                variant="secondary"
                fill="text"
                disabled={busy}
                onClick={() => apply(null)}
                data-testid={testIds.controlCenter.removeLatency}
              >
                Remove
              </Button>
            )}
          </Stack>
        </>
      )}
    </Section>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  state: css({ color: theme.colors.text.secondary }),
});
