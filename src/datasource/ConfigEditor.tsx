import React from 'react';
import type { DataSourcePluginOptionsEditorProps } from '@grafana/data';
import { DataSourcePicker } from '@grafana/runtime';
import { Field, FieldSet, SecretInput } from '@grafana/ui';

import { ReadBodiesRole } from '../components/settings/ReadBodiesRole';
import { testIds } from '../components/testIds';
import type { Options, Secrets } from './query';

/** The settings of the data source. The connection string goes one way only, to the backend. */
export function ConfigEditor({ options, onOptionsChange }: DataSourcePluginOptionsEditorProps<Options, Secrets>) {
  const configured = Boolean(options.secureJsonFields?.dsn);
  const setDsn = (dsn: string, isConfigured: boolean) =>
    onOptionsChange({
      ...options,
      secureJsonFields: { ...options.secureJsonFields, dsn: isConfigured },
      secureJsonData: { ...options.secureJsonData, dsn },
    });
  const setTraces = (tracesUid?: string, tracesType?: string) =>
    onOptionsChange({ ...options, jsonData: { ...options.jsonData, tracesUid, tracesType } });
  return (
    <>
      <FieldSet label="Database">
        <Field
          label="PostgreSQL connection string"
          description="The database that the collectors write to; a user who may only read is enough. Kept encrypted, and never shown again."
          htmlFor="mockforge-datasource-dsn"
        >
          <SecretInput
            id="mockforge-datasource-dsn"
            width={80}
            autoComplete="off"
            placeholder="postgres://reader:password@localhost:5432/mockforge?sslmode=require"
            isConfigured={configured}
            value={options.secureJsonData?.dsn ?? ''}
            onChange={(event) => setDsn(event.currentTarget.value, false)}
            onReset={() => setDsn('', false)}
            data-testid={testIds.datasource.dsn}
          />
        </Field>
      </FieldSet>
      <FieldSet label="Rights">
        <ReadBodiesRole
          value={options.jsonData.readBodiesRole}
          description="Queries never show bodies and headers. Who may not read them cannot search in them either. Choose what the app's configuration says."
          onChange={(readBodiesRole) =>
            onOptionsChange({ ...options, jsonData: { ...options.jsonData, readBodiesRole } })
          }
        />
      </FieldSet>
      <FieldSet label="Traces">
        <Field label="Trace ids lead to" description="A data source with the traces of the collectors, such as Tempo or Jaeger.">
          <DataSourcePicker
            tracing
            noDefault
            width={40}
            current={options.jsonData.tracesUid ?? null}
            placeholder="None"
            onChange={(source) => setTraces(source.uid, source.type)}
            onClear={() => setTraces()}
          />
        </Field>
      </FieldSet>
    </>
  );
}
