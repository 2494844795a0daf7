import React from 'react';
import { Alert, TextLink } from '@grafana/ui';

import { testIds } from '../testIds';

const GUIDE = 'https://github.com/mockforge/mockforge-observability-app/blob/main/docs/observability/QUICKSTART.md';

/** Says what to do while no collector serves scenarios. */
export function NoCollectors() {
  return (
    <Alert severity="info" title="No collector is running" data-testid={testIds.controlCenter.noCollectors}>
      Start an OpenTelemetry Collector with the <code>mockforge</code> extension and the same database: it takes up the
      scenario by itself and shows up here.{' '}
      <TextLink href={GUIDE} external inline>
        Quick start
      </TextLink>
    </Alert>
  );
}
