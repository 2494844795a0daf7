import { css } from '@emotion/css';
import React, { useCallback } from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { EmptyState, LoadingPlaceholder, Stack, useStyles2 } from '@grafana/ui';

import { getDiagram } from '../../api/diagrams';
import { useLoad } from '../../hooks/useLoad';
import type { DiagramOf } from '../../types/diagram';
import { Problem } from '../Problem';
import { testIds } from '../testIds';
import { CopyDiagram } from './CopyDiagram';
import { SequenceDiagram } from './SequenceDiagram';

interface Props {
  /** Memoize it: the diagram is loaded again when it changes. */
  of: DiagramOf;
  onOpen?: (recordingId: string) => void;
}

/** The sequence diagram of a trace or of a consumer's calls, to be looked at and to be taken along as text. */
export function DiagramView({ of, onOpen }: Props) {
  const styles = useStyles2(getStyles);
  const load = useCallback((signal: AbortSignal) => getDiagram(of, signal), [of]);
  const { data: diagram, error, loading, reload } = useLoad(load);
  if (error) {
    return <Problem error={error} title="The diagram could not be drawn" onRetry={reload} />;
  }
  if (!diagram || (loading && !diagram)) {
    return <LoadingPlaceholder text="Drawing the diagram" />;
  }
  if (diagram.steps.length === 0) {
    return (
      <EmptyState variant="not-found" message="Nothing to draw" hideImage>
        None of its recordings is there any more.
      </EmptyState>
    );
  }
  return (
    <div className={styles.container} data-testid={testIds.diagram.container}>
      <Stack direction="row" gap={1} alignItems="center" wrap="wrap" justifyContent="space-between">
        <span className={styles.weak}>
          {diagram.exchanges === 1 ? '1 exchange' : `${diagram.exchanges} exchanges`}
          {diagram.truncated && ', there are more than are drawn'}
          {onOpen && '; click a step to open its recording'}
        </span>
        <CopyDiagram of={of} />
      </Stack>
      <SequenceDiagram diagram={diagram} onOpen={onOpen} />
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  container: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(1), minWidth: 0 }),
  weak: css({ color: theme.colors.text.secondary }),
});
