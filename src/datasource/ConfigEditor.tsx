import React, { useState } from 'react';
import type { DataSourcePluginOptionsEditorProps } from '@grafana/data';
import { DataSourcePicker } from '@grafana/runtime';
import { Field, FieldSet, SecretInput } from '@grafana/ui';

import { CollectorConnection } from '../components/settings/CollectorConnection';
import { HomeChoice, type Home } from '../components/settings/HomeChoice';
import { ReadBodiesRole } from '../components/settings/ReadBodiesRole';
import { testIds } from '../components/testIds';
import type { Options, Secrets } from './query';

/** The settings of the data source. Its secrets go one way only, to the backend. */
export function ConfigEditor({ options, onOptionsChange }: DataSourcePluginOptionsEditorProps<Options, Secrets>) {
  const [home, setHome] = useState<Home>(options.jsonData.collectorUrl ? 'collector' : 'database');
  const setSecret = (name: keyof Secrets, text: string) =>
    onOptionsChange({
      ...options,
      secureJsonFields: { ...options.secureJsonFields, [name]: false },
      secureJsonData: { ...options.secureJsonData, [name]: text },
    });
  const choose = (chosen: Home) => {
    setHome(chosen);
    if (chosen === 'collector') {
      // Of both, the backend would not know which is meant.
      setSecret('dsn', '');
    } else {
      onOptionsChange({ ...options, jsonData: { ...options.jsonData, collectorUrl: undefined } });
    }
  };
  const setTraces = (tracesUid?: string, tracesType?: string) =>
    onOptionsChange({ ...options, jsonData: { ...options.jsonData, tracesUid, tracesType } });
  return (
    <>
      <FieldSet label="Connection">
        <HomeChoice id="mockforge-datasource-home" value={home} onChange={choose} />
        {home === 'database' ? (
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
              isConfigured={Boolean(options.secureJsonFields?.dsn)}
              value={options.secureJsonData?.dsn ?? ''}
              onChange={(event) => setSecret('dsn', event.currentTarget.value)}
              onReset={() => setSecret('dsn', '')}
              data-testid={testIds.datasource.dsn}
            />
          </Field>
        ) : (
          <CollectorConnection
            id="mockforge-datasource-collector"
            value={options.jsonData}
            onChange={(connection) => onOptionsChange({ ...options, jsonData: { ...options.jsonData, ...connection } })}
            configured={options.secureJsonFields ?? {}}
            secrets={options.secureJsonData ?? {}}
            onSecret={setSecret}
            tokenDescription="The bearer token that the control API asks for, where it does."
          />
        )}
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
        <Field label="Trace ids lead to" description="A data source with the traces of the collectors, such as Tempo.">
          <DataSourcePicker
            tracing
            noDefault
            width={40}
            current={options.jsonData.tracesUid ?? null}
            placeholder="None"
            onChange={(source) => setTraces(source.uid)}
            onClear={() => setTraces(undefined)}
          />
        </Field>
      </FieldSet>
    </>
  );
}
