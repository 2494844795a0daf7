import React, { useCallback } from 'react';
import { ClipboardButton, Stack } from '@grafana/ui';

import { getDiagramText } from '../../api/diagrams';
import { useLoad } from '../../hooks/useLoad';
import type { DiagramFormat, DiagramOf } from '../../types/diagram';
import { testIds } from '../testIds';

/** Copies a diagram as text. */
export function CopyDiagram({ of }: { of: DiagramOf }) {
  return (
    <Stack direction="row" gap={1}>
      <Copy of={of} format="mermaid" label="Copy Mermaid" />
      <Copy of={of} format="plantuml" label="Copy PlantUML" />
    </Stack>
  );
}

// Loaded ahead: browsers let a page write to the clipboard in the very moment of a click only.
function Copy({ of, format, label }: { of: DiagramOf; format: DiagramFormat; label: string }) {
  const load = useCallback((signal: AbortSignal) => getDiagramText(of, format, signal), [of, format]);
  const { data } = useLoad(load);
  return (
    <ClipboardButton
      size="sm"
      variant="secondary"
      icon="copy"
      disabled={!data}
      getText={() => data ?? ''}
      data-testid={testIds.diagram.copy(format)}
    >
      {label}
    </ClipboardButton>
  );
}
