import React from 'react';
import { DataSourcePicker } from '@grafana/runtime';
import { Field } from '@grafana/ui';

import { testIds } from '../testIds';

interface Props {
  uid?: string;
  onChange: (uid?: string) => void;
}

/** Chooses the data source in which the traces of recordings are opened. */
export function TracesDatasource({ uid, onChange }: Props) {
  return (
    <Field
      label="Data source of traces"
      description="Recordings link to their traces there: the one to which the collectors export. Optional."
      htmlFor="mockforge-traces"
    >
      <div data-testid={testIds.settings.traces}>
        <DataSourcePicker
          inputId="mockforge-traces"
          tracing
          noDefault
          current={uid ?? null}
          placeholder="None"
          width={40}
          onChange={(settings) => onChange(settings.uid)}
          onClear={() => onChange(undefined)}
        />
      </div>
    </Field>
  );
}
