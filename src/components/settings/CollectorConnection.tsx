import React from 'react';
import { Field, Input, SecretInput, SecretTextArea, Switch } from '@grafana/ui';

import type { CollectorConnection as Values, CollectorSecret } from '../../types/collectorConnection';
import { testIds } from '../testIds';
import { addressProblem } from './CollectorAccess';
import { fits } from './fits';

interface Props {
  /** Begins the ids of the fields. */
  id: string;
  value: Values;
  onChange: (value: Values) => void;
  /** The secrets that are kept already, and those that are being entered. */
  configured: Partial<Record<CollectorSecret, boolean>>;
  secrets: Partial<Record<CollectorSecret, string>>;
  onSecret: (name: CollectorSecret, text: string) => void;
  /** Says what the token is for. */
  tokenDescription: string;
}

/** The control API of a collector that is asked in place of a database. Secrets go one way only, to the backend. */
export function CollectorConnection(props: Props) {
  const { id, value, onChange, configured, secrets, onSecret, tokenDescription } = props;
  const problem = addressProblem(value.collectorUrl ?? '');
  const certificate = (name: CollectorSecret, label: string) => (
    <Field label={label} description="In PEM. Kept encrypted, and never shown again." htmlFor={`${id}-${name}`}>
      <SecretTextArea
        id={`${id}-${name}`}
        rows={4}
        cols={60}
        placeholder="-----BEGIN ..."
        isConfigured={Boolean(configured[name])}
        value={secrets[name] ?? ''}
        onChange={(event) => onSecret(name, event.currentTarget.value)}
        onReset={() => onSecret(name, '')}
        data-testid={testIds.collector.secret(name)}
      />
    </Field>
  );
  const toggle = (key: 'tlsSkipVerify' | 'tlsAuthWithCACert' | 'tlsAuth', label: string, description: string) => (
    <Field label={label} description={description} htmlFor={`${id}-${key}`}>
      <Switch
        id={`${id}-${key}`}
        value={Boolean(value[key])}
        onChange={(event) => onChange({ ...value, [key]: event.currentTarget.checked })}
      />
    </Field>
  );
  return (
    <>
      <Field
        label="Address of its control API"
        description="Grafana's server connects to it; browsers do not. The collector takes this host in its control::allowed_hosts."
        htmlFor={`${id}-url`}
        invalid={Boolean(problem)}
        error={problem}
      >
        <Input
          id={`${id}-url`}
          className={fits}
          width={80}
          placeholder="https://collector:4600"
          value={value.collectorUrl ?? ''}
          onChange={(event) => onChange({ ...value, collectorUrl: event.currentTarget.value })}
          data-testid={testIds.collector.url}
        />
      </Field>
      <Field
        label="Token"
        description={`${tokenDescription} Kept encrypted, and never shown again.`}
        htmlFor={`${id}-token`}
      >
        <SecretInput
          id={`${id}-token`}
          className={fits}
          width={80}
          autoComplete="off"
          isConfigured={Boolean(configured.token)}
          value={secrets.token ?? ''}
          onChange={(event) => onSecret('token', event.currentTarget.value)}
          onReset={() => onSecret('token', '')}
          data-testid={testIds.collector.secret('token')}
        />
      </Field>
      {toggle(
        'tlsAuthWithCACert',
        'With a CA certificate',
        'Where the certificate of the collector is of your own CA.'
      )}
      {value.tlsAuthWithCACert && certificate('tlsCACert', 'CA certificate')}
      {toggle('tlsAuth', 'With a client certificate', 'Where the collector asks for one (mTLS).')}
      {value.tlsAuth && certificate('tlsClientCert', 'Client certificate')}
      {value.tlsAuth && certificate('tlsClientKey', 'Client key')}
      {toggle(
        'tlsSkipVerify',
        'Skip TLS verification',
        'Whoever is in between can read and change everything. Do not use it in production.'
      )}
    </>
  );
}
