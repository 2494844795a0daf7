import React from 'react';
import { Alert, Button, EmptyState, LinkButton } from '@grafana/ui';

import type { ApiError } from '../api/ApiError';
import { canConfigure } from '../api/user';
import { CONFIGURATION_URL } from '../constants';
import { useHome } from '../hooks/useHome';
import { testIds } from './testIds';

interface Props {
  error: ApiError;
  /** What could not be done: "The recordings could not be loaded". */
  title: string;
  onRetry?: () => void;
}

/** Says why something is missing, and what to do about it. */
export function Problem({ error, title, onRetry }: Props) {
  const home = useHome();
  if (error.notConfigured) {
    return <NotConfigured />;
  }
  return (
    <Alert severity={error.status === 503 ? 'warning' : 'error'} title={title} data-testid={testIds.problem.failed}>
      <div>{error.message}</div>
      {error.status === 503 && (
        <div>
          {home === 'collector'
            ? 'A collector that runs keeps forwarding traffic and keeps its scenario, whether Grafana reaches it or not.'
            : 'Gateways keep forwarding traffic and keep their last scenario until the database is back.'}
        </div>
      )}
      {onRetry && (
        <Button
          variant="secondary"
          size="sm"
          icon="sync"
          onClick={onRetry}
          data-testid={testIds.problem.retry}
          style={{ marginTop: 8 }}
        >
          Try again
        </Button>
      )}
    </Alert>
  );
}

function NotConfigured() {
  return (
    <div data-testid={testIds.problem.notConfigured}>
      <EmptyState
        variant="call-to-action"
        message="Connect a database or a collector first"
        button={
          canConfigure() ? (
            <LinkButton icon="cog" href={CONFIGURATION_URL}>
              Open configuration
            </LinkButton>
          ) : undefined
        }
      >
        Scenarios, traffic and recordings live in a database or behind a collector, and the app does not know yet where
        that is. {canConfigure() ? 'Enter where it is.' : 'Ask an admin to enter where it is.'}
      </EmptyState>
    </div>
  );
}
