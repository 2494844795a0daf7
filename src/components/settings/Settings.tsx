import React, { useState, type FormEvent } from 'react';
import type { AppPluginMeta, PluginConfigPageProps } from '@grafana/data';
import { Alert, Button, Field, FieldSet, SecretInput, Stack } from '@grafana/ui';

import { toApiError } from '../../api/ApiError';
import { checkHealth, saveSettings } from '../../api/settings';
import type { AppSettings } from '../../types/appSettings';
import type { HealthStatus } from '../../types/health';
import { testIds } from '../testIds';
import { CollectorAccess, addressProblem, addressesOf } from './CollectorAccess';
import { ReadBodiesRole } from './ReadBodiesRole';
import { TracesDatasource } from './TracesDatasource';

/** The configuration page of the app: where its database is. The secret goes one way only, to the backend. */
export default function Settings({ plugin }: PluginConfigPageProps<AppPluginMeta<AppSettings>>) {
  const [configured, setConfigured] = useState(Boolean(plugin.meta.secureJsonFields?.dsn));
  const [dsn, setDsn] = useState('');
  const [tokenConfigured, setTokenConfigured] = useState(Boolean(plugin.meta.secureJsonFields?.collectorToken));
  const [token, setToken] = useState('');
  const [urls, setUrls] = useState((plugin.meta.jsonData?.collectorUrls ?? []).join('\n'));
  const [traces, setTraces] = useState(plugin.meta.jsonData?.tracesDatasourceUid);
  const [readBodiesRole, setReadBodiesRole] = useState(plugin.meta.jsonData?.readBodiesRole);
  const [busy, setBusy] = useState<'save' | 'test'>();
  const [result, setResult] = useState<HealthStatus>();
  const problem =
    dsn.trim() && !/^postgres(ql)?:\/\//i.test(dsn.trim()) && !dsn.includes('=')
      ? 'Expected postgres://user:password@host:5432/database, or host=... user=... dbname=...'
      : undefined;

  const addresses = addressesOf(urls);

  const test = async () => {
    setBusy('test');
    setResult(await checkHealth());
    setBusy(undefined);
  };
  const save = async (event: FormEvent) => {
    event.preventDefault();
    setBusy('save');
    setResult(undefined);
    try {
      await saveSettings(
        {
          ...(!configured && { dsn: dsn.trim() }),
          // An empty one takes away what was there.
          ...(!tokenConfigured && (token.trim() || plugin.meta.secureJsonFields?.collectorToken)
            ? { collectorToken: token.trim() }
            : {}),
        },
        {
          ...plugin.meta.jsonData,
          tracesDatasourceUid: traces,
          readBodiesRole,
          ...((addresses.length > 0 || plugin.meta.jsonData?.collectorUrls) && { collectorUrls: addresses }),
        }
      );
      setConfigured(true);
      setDsn('');
      setTokenConfigured(tokenConfigured || Boolean(token.trim()));
      setToken('');
      setResult(await checkHealth());
    } catch (thrown) {
      setResult({ ok: false, message: `The settings could not be saved: ${toApiError(thrown).message}` });
    } finally {
      setBusy(undefined);
    }
  };

  return (
    <form onSubmit={save} data-testid={testIds.settings.form}>
      <FieldSet label="Database">
        <Field
          label="PostgreSQL connection string"
          description="The database that the collectors use too. Kept encrypted, and never shown again."
          htmlFor="mockforge-dsn"
          invalid={Boolean(problem)}
          error={problem}
        >
          <SecretInput
            id="mockforge-dsn"
            width={80}
            autoComplete="off"
            placeholder="postgres://mockforge:password@localhost:5432/mockforge?sslmode=require"
            isConfigured={configured}
            value={dsn}
            onChange={(event) => setDsn(event.currentTarget.value)}
            onReset={() => {
              setConfigured(false);
              setResult(undefined);
            }}
            data-testid={testIds.settings.dsn}
          />
        </Field>
        <TracesDatasource uid={traces} onChange={setTraces} />
        <ReadBodiesRole
          value={readBodiesRole}
          description="Bodies, headers, messages and query parameters of recordings. The data source MockForge Recordings has the same setting of its own."
          onChange={setReadBodiesRole}
        />
        <CollectorAccess
          urls={urls}
          onUrls={setUrls}
          tokenConfigured={tokenConfigured}
          token={token}
          onToken={setToken}
          onResetToken={() => setTokenConfigured(false)}
        />
        <Stack direction="row" gap={1}>
          <Button
            type="submit"
            icon={busy === 'save' ? 'spinner' : undefined}
            disabled={
              Boolean(busy) || Boolean(problem) || Boolean(addressProblem(urls)) || (!configured && !dsn.trim())
            }
            data-testid={testIds.settings.submit}
          >
            Save & test
          </Button>
          {configured && (
            <Button
              type="button"
              variant="secondary"
              icon={busy === 'test' ? 'spinner' : undefined}
              disabled={Boolean(busy)}
              onClick={test}
              data-testid={testIds.settings.test}
            >
              Test
            </Button>
          )}
        </Stack>
      </FieldSet>
      <div aria-live="polite" data-testid={testIds.settings.result}>
        {result && (
          <Alert
            severity={result.ok ? 'success' : 'error'}
            title={result.ok ? 'The database answers' : 'Not working yet'}
          >
            {result.message}
          </Alert>
        )}
      </div>
    </form>
  );
}
