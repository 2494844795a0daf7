import React, { useState, type FormEvent } from 'react';
import type { AppPluginMeta, PluginConfigPageProps } from '@grafana/data';
import { Alert, Button, Field, FieldSet, SecretInput, Stack } from '@grafana/ui';

import { toApiError } from '../../api/ApiError';
import { checkHealth, saveSettings } from '../../api/settings';
import type { AppSettings } from '../../types/appSettings';
import {
  COLLECTOR_SECRETS,
  type CollectorConnection as CollectorConnectionValues,
  type CollectorSecret,
  type Home,
} from '../../types/collectorConnection';
import type { HealthStatus } from '../../types/health';
import { testIds } from '../testIds';
import { CollectorAccess, addressProblem, addressesOf } from './CollectorAccess';
import { CollectorConnection } from './CollectorConnection';
import { fits } from './fits';
import { HomeChoice } from './HomeChoice';
import { ReadBodiesRole } from './ReadBodiesRole';
import { TracesDatasource } from './TracesDatasource';

/** The configuration page of the app: where its database or its collector is. Secrets go one way only, to the backend. */
export default function Settings({ plugin }: PluginConfigPageProps<AppPluginMeta<AppSettings>>) {
  const { meta } = plugin;
  const [home, setHome] = useState<Home>(meta.jsonData?.collectorUrl ? 'collector' : 'database');
  const [connection, setConnection] = useState<CollectorConnectionValues>(() => connectionOf(meta.jsonData));
  const [kept, setKept] = useState<Partial<Record<CollectorSecret, boolean>>>(meta.secureJsonFields ?? {});
  const [secrets, setSecrets] = useState<Partial<Record<CollectorSecret, string>>>({});
  const [configured, setConfigured] = useState(Boolean(meta.secureJsonFields?.dsn));
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
  const byCollector = home === 'collector';
  const collectorUrl = connection.collectorUrl?.trim() ?? '';
  const incomplete = byCollector
    ? !collectorUrl || Boolean(addressProblem(collectorUrl))
    : Boolean(problem) || Boolean(addressProblem(urls)) || (!configured && !dsn.trim());

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
          ...(byCollector && entered(kept, secrets)),
          // Of both, the backend would not know which is meant.
          ...(byCollector ? meta.secureJsonFields?.dsn && { dsn: '' } : !configured && { dsn: dsn.trim() }),
          // An empty one takes away what was there.
          ...(!tokenConfigured && (token.trim() || plugin.meta.secureJsonFields?.collectorToken)
            ? { collectorToken: token.trim() }
            : {}),
        },
        {
          ...plugin.meta.jsonData,
          ...(byCollector ? { ...connection, collectorUrl } : { collectorUrl: undefined }),
          tracesDatasourceUid: traces,
          readBodiesRole,
          ...((addresses.length > 0 || plugin.meta.jsonData?.collectorUrls) && { collectorUrls: addresses }),
        }
      );
      setConfigured(!byCollector);
      setDsn('');
      setKept({ ...kept, ...present(secrets) });
      setSecrets({});
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
      <FieldSet label="Connection">
        <HomeChoice
          id="mockforge-home"
          value={home}
          onChange={(chosen) => {
            setHome(chosen);
            setResult(undefined);
          }}
        />
        {byCollector ? (
          <CollectorConnection
            id="mockforge-collector"
            value={connection}
            onChange={setConnection}
            configured={kept}
            secrets={secrets}
            onSecret={(name, text) => {
              setKept({ ...kept, [name]: false });
              setSecrets({ ...secrets, [name]: text });
            }}
            tokenDescription="A bearer token that the collector has in its control::delegates: changes then have the user of Grafana as their author."
          />
        ) : (
          <Field
            label="PostgreSQL connection string"
            description="The database that the collectors use too. Kept encrypted, and never shown again."
            htmlFor="mockforge-dsn"
            invalid={Boolean(problem)}
            error={problem}
          >
            <SecretInput
              id="mockforge-dsn"
              className={fits}
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
        )}
        <TracesDatasource uid={traces} onChange={setTraces} />
        <ReadBodiesRole
          value={readBodiesRole}
          description="Bodies, headers, messages and query parameters of recordings. The data source MockForge Recordings has the same setting of its own."
          onChange={setReadBodiesRole}
        />
        {!byCollector && (
          <CollectorAccess
            urls={urls}
            onUrls={setUrls}
            tokenConfigured={tokenConfigured}
            token={token}
            onToken={setToken}
            onResetToken={() => setTokenConfigured(false)}
          />
        )}
        <Stack direction="row" gap={1}>
          <Button
            type="submit"
            icon={busy === 'save' ? 'spinner' : undefined}
            disabled={Boolean(busy) || incomplete}
            data-testid={testIds.settings.submit}
          >
            Save & test
          </Button>
          {(byCollector ? meta.jsonData?.collectorUrl : configured) && (
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
            title={result.ok ? `The ${home} answers` : 'Not working yet'}
          >
            {result.message}
          </Alert>
        )}
      </div>
    </form>
  );
}

/** The part of the settings that is of a collector. */
function connectionOf(settings: AppSettings = {}): CollectorConnectionValues {
  const { collectorUrl, tlsSkipVerify, tlsAuthWithCACert, tlsAuth } = settings;
  return { collectorUrl, tlsSkipVerify, tlsAuthWithCACert, tlsAuth };
}

/** The secrets that are to change; an empty one takes away what was there. */
function entered(
  kept: Partial<Record<CollectorSecret, boolean>>,
  secrets: Partial<Record<CollectorSecret, string>>
): Partial<Record<CollectorSecret, string>> {
  const changed = COLLECTOR_SECRETS.filter((name) => !kept[name] && secrets[name] !== undefined);
  return Object.fromEntries(changed.map((name) => [name, secrets[name]?.trim()]));
}

/** Which secrets are there once they were saved. */
function present(secrets: Partial<Record<CollectorSecret, string>>): Partial<Record<CollectorSecret, boolean>> {
  return Object.fromEntries(Object.entries(secrets).map(([name, text]) => [name, Boolean(text.trim())]));
}
