import React from 'react';
import { Field, SecretInput, TextArea } from '@grafana/ui';

import { testIds } from '../testIds';

interface Props {
  /** One address a line. */
  urls: string;
  onUrls: (urls: string) => void;
  tokenConfigured: boolean;
  token: string;
  onToken: (token: string) => void;
  onResetToken: () => void;
}

/** Where collectors can be stopped directly, for when the database does not answer. */
export function CollectorAccess({ urls, onUrls, tokenConfigured, token, onToken, onResetToken }: Props) {
  const problem = addressProblem(urls);
  return (
    <>
      <Field
        label="Control APIs of collectors"
        description="One address a line. Return to healthy asks them directly where the database does not answer. Optional."
        htmlFor="mockforge-collectors"
        invalid={Boolean(problem)}
        error={problem}
      >
        <TextArea
          id="mockforge-collectors"
          rows={3}
          style={{ maxWidth: 640 }}
          placeholder="http://collector:4600"
          value={urls}
          onChange={(event) => onUrls(event.currentTarget.value)}
          data-testid={testIds.settings.collectorUrls}
        />
      </Field>
      <Field
        label="Token of the control APIs"
        description="The bearer token that they ask for, where they do. Kept encrypted, and never shown again. Optional."
        htmlFor="mockforge-collector-token"
      >
        <SecretInput
          id="mockforge-collector-token"
          width={40}
          autoComplete="off"
          isConfigured={tokenConfigured}
          value={token}
          onChange={(event) => onToken(event.currentTarget.value)}
          onReset={onResetToken}
          data-testid={testIds.settings.collectorToken}
        />
      </Field>
    </>
  );
}

/** The addresses in a text with one a line. */
export function addressesOf(urls: string): string[] {
  return urls
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
}

/** What is wrong with the first address that is wrong. */
export function addressProblem(urls: string): string | undefined {
  const wrong = addressesOf(urls).find((address) => !isAddress(address));
  return wrong && `Expected http://host:4600 or https://host:4600, without user and query, not ${wrong}`;
}

function isAddress(text: string): boolean {
  try {
    const url = new URL(text);
    return /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.search && !url.hash;
  } catch {
    return false;
  }
}
