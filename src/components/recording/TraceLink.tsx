import React from 'react';
import { usePluginContext } from '@grafana/data';
import { LinkButton } from '@grafana/ui';

import { traceUrl } from '../../api/traces';
import type { AppSettings } from '../../types/appSettings';
import type { Recording } from '../../types/recording';
import { testIds } from '../testIds';

/** Leads to the trace of a recording, where the app's configuration says which data source has it. */
export function TraceLink({ recording }: { recording: Recording }) {
  const settings: AppSettings | undefined = usePluginContext()?.meta.jsonData;
  const url = settings?.tracesDatasourceUid && traceUrl(recording, settings.tracesDatasourceUid);
  if (!url) {
    return null;
  }
  return (
    <LinkButton
      size="sm"
      fill="text"
      variant="secondary"
      icon="compass"
      href={url}
      data-testid={testIds.recording.trace}
    >
      Open trace
    </LinkButton>
  );
}
