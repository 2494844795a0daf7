import { css } from '@emotion/css';
import React, { useState } from 'react';
import { useNavigate, useSearchParams } from 'react-router-dom';
import type { GrafanaTheme2 } from '@grafana/data';
import { PluginPage } from '@grafana/runtime';
import { Alert, EmptyState, LinkButton, LoadingPlaceholder, useStyles2 } from '@grafana/ui';

import type { ApiError } from '../api/ApiError';
import { listReplayJobs } from '../api/replays';
import { ScenarioBadge } from '../components/page/ScenarioBadge';
import { Problem } from '../components/Problem';
import { JobDrawer } from '../components/replays/JobDrawer';
import { JobsTable } from '../components/replays/JobsTable';
import { testIds } from '../components/testIds';
import { PLUGIN_BASE_URL, ROUTES } from '../constants';
import { useInterval } from '../hooks/useInterval';
import { useLoad } from '../hooks/useLoad';
import { isActive } from '../types/replay';

/** Milliseconds between two looks at the jobs: while one is under way, and else. */
const POLL = { active: 1000, idle: 10_000 };

/** Recordings that are sent again, many at a time. */
export function ReplaysPage() {
  return (
    <PluginPage
      actions={<ScenarioBadge />}
      subTitle="Recordings that were sent again, and what was answered otherwise."
    >
      <Replays />
    </PluginPage>
  );
}

function Replays() {
  const styles = useStyles2(getStyles);
  const navigate = useNavigate();
  const [search, setSearch] = useSearchParams();
  const { data: jobs, error, loading, reload } = useLoad(listReplayJobs);
  const [refused, setRefused] = useState<ApiError>();
  const open = search.get('job') ?? undefined;
  useInterval(reload, loading ? 0 : jobs?.some(isActive) ? POLL.active : POLL.idle);
  const show = (id?: string) => setSearch(id ? { job: id } : {});

  return (
    <div className={styles.page} data-testid={testIds.replays.container}>
      {error && (
        <Problem
          error={error}
          title={jobs ? 'The jobs may be out of date' : 'The jobs could not be loaded'}
          onRetry={reload}
        />
      )}
      {refused && (
        <Alert severity="error" title="The job was not changed" onRemove={() => setRefused(undefined)}>
          {refused.message}
        </Alert>
      )}
      {!jobs && !error && <LoadingPlaceholder text="Loading the jobs" />}
      {jobs?.length === 0 && (
        <div data-testid={testIds.replays.empty}>
          <EmptyState
            variant="call-to-action"
            message="Nothing was replayed yet"
            button={
              <LinkButton href={`${PLUGIN_BASE_URL}/${ROUTES.recordings}`} icon="record-audio">
                Choose recordings
              </LinkButton>
            }
          >
            Filter the recordings, and replay what is left: against the same upstream, another one, or under a scenario.
          </EmptyState>
        </div>
      )}
      {jobs && jobs.length > 0 && (
        <JobsTable jobs={jobs} onOpen={show} onChange={() => reload()} onError={setRefused} />
      )}
      {open && (
        <JobDrawer
          id={open}
          onClose={() => {
            show();
            reload();
          }}
          onOpenRecording={(id) => navigate(`${PLUGIN_BASE_URL}/${ROUTES.recordings}?id=${encodeURIComponent(id)}`)}
        />
      )}
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  page: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(2) }),
});
