import React, { useCallback } from 'react';
import { EmptyState, LoadingPlaceholder } from '@grafana/ui';

import { getRecording } from '../../api/recordings';
import { useLoad } from '../../hooks/useLoad';
import type { DiagramOf } from '../../types/diagram';
import type { Pattern } from '../../types/pattern';
import { evidenceOf, occurrenceOf } from '../../types/patternLinks';
import { DiagramView } from '../diagram/DiagramView';
import { Problem } from '../Problem';

interface Props {
  pattern: Pattern;
  onOpen: (recordingId: string) => void;
}

/** One occurrence of a pattern, drawn from the recordings that are its evidence. */
export function PatternDiagram({ pattern, onOpen }: Props) {
  const load = useCallback(
    async (signal: AbortSignal): Promise<DiagramOf | undefined> => {
      const evidence = evidenceOf(pattern);
      if (!evidence) {
        return undefined;
      }
      const [first, last] = await Promise.all([
        getRecording(evidence.first, signal),
        getRecording(evidence.last, signal),
      ]);
      return occurrenceOf(first, last);
    },
    [pattern]
  );
  const { data: of, error, loading, reload } = useLoad(load);
  if (error?.status === 404) {
    return (
      <EmptyState variant="not-found" message="Its recordings are gone" hideImage>
        They are older than the recordings are kept.
      </EmptyState>
    );
  }
  if (error) {
    return <Problem error={error} title="The recordings could not be loaded" onRetry={reload} />;
  }
  if (loading || !of) {
    return <LoadingPlaceholder text="Loading the recordings" />;
  }
  return <DiagramView of={of} onOpen={onOpen} />;
}
