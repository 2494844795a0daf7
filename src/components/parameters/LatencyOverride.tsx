import { css } from '@emotion/css';
import React, { useState } from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { Button, Stack, useStyles2 } from '@grafana/ui';

import type { ApiError } from '../../api/ApiError';
import { validateRange } from '../../types/behavior';
import type { Latency } from '../../types/scenario';
import { Section } from '../Section';
import { testIds } from '../testIds';
import { LatencyBounds } from './LatencyBounds';

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
  return (
    <Section title="Latency override" testId={testIds.controlCenter.latency}>
      <div className={styles.state}>
        {latency
          ? `Every exchange is delayed by ${latency.min_ms} to ${latency.max_ms} ms.`
          : 'Delays every exchange, whatever the mode. Off.'}
      </div>
      {writable && (
        <>
          <LatencyBounds value={draft} error={problem?.problem} onChange={setEdited} />
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
