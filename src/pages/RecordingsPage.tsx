import { css } from '@emotion/css';
import React, { useCallback, useMemo, useState } from 'react';
import { useNavigate } from 'react-router-dom';
import { rangeUtil, type GrafanaTheme2 } from '@grafana/data';
import { PluginPage } from '@grafana/runtime';
import { Button, EmptyState, LoadingPlaceholder, RefreshPicker, Stack, TimeRangePicker, useStyles2 } from '@grafana/ui';

import { canWrite } from '../api/user';
import { ScenarioBadge } from '../components/page/ScenarioBadge';
import { Problem } from '../components/Problem';
import { RecordingDrawer } from '../components/recording/RecordingDrawer';
import { ExportMenu } from '../components/recordings/ExportMenu';
import { FilterBar } from '../components/recordings/FilterBar';
import { RecordingsTable } from '../components/recordings/RecordingsTable';
import { Summary } from '../components/recordings/Summary';
import { NewReplay } from '../components/replays/NewReplay';
import { testIds } from '../components/testIds';
import { PLUGIN_BASE_URL, ROUTES } from '../constants';
import { useInterval } from '../hooks/useInterval';
import { useRecordings } from '../hooks/useRecordings';
import { useRecordingsUrl } from '../hooks/useRecordingsUrl';
import { useScrolled } from '../hooks/useScrolled';
import { countConditions, emptyFilter, toFilter, toggleValue } from '../types/recordingFilter';
import { rangeText, resolveRange, shiftRange, zoomOut } from '../types/timeRange';

/** Milliseconds between two looks for new recordings while they are followed. */
const TAIL_INTERVAL = 1000;

/** The flight recorder: what passed through the gateways, newest first. */
export function RecordingsPage() {
  return (
    <PluginPage actions={<ScenarioBadge />} subTitle="What passed through the gateways, with what was done to it.">
      <Recordings />
    </PluginPage>
  );
}

function Recordings() {
  const styles = useStyles2(getStyles);
  const url = useRecordingsUrl();
  const navigate = useNavigate();
  const [replaying, setReplaying] = useState(false);
  const scrolled = useScrolled();
  const { range, filter } = url;
  const makeFilter = useCallback(() => {
    const { from, to } = resolveRange(range);
    return toFilter(filter, from.toDate(), to.toDate());
  }, [range, filter]);
  const { listed, stats, error, loading, loadingMore, loadMore, refresh } = useRecordings(makeFilter);
  useInterval(refresh, url.refresh && !url.tail ? rangeUtil.intervalToMs(url.refresh) : 0);
  // Following waits for each answer: with a slow database it gets slower rather than never done.
  useInterval(refresh, url.tail && !loading && !url.id ? TAIL_INTERVAL : 0);
  const ids = useMemo(() => (listed?.recordings ?? []).map((recording) => recording.id), [listed]);

  if (error?.notConfigured && !listed) {
    return (
      <div data-testid={testIds.recordings.error}>
        <Problem error={error} title="The recordings could not be loaded" onRetry={refresh} />
      </div>
    );
  }
  const rows = listed?.recordings ?? [];

  return (
    <div className={styles.page} data-testid={testIds.recordings.container}>
      <div className={styles.toolbar}>
        <Button
          variant="secondary"
          icon="repeat"
          disabled={!canWrite() || !stats?.total}
          tooltip={canWrite() ? 'Send these recordings again' : 'You need the Editor role'}
          onClick={() => setReplaying(true)}
          data-testid={testIds.replays.start}
        >
          Replay
        </Button>
        <ExportMenu makeFilter={makeFilter} total={stats?.total} />
        <Button
          variant={url.tail ? 'primary' : 'secondary'}
          icon={url.tail ? 'pause' : 'play'}
          onClick={() => url.setTail(!url.tail)}
          aria-pressed={url.tail}
          tooltip={url.tail ? 'Stop showing new recordings as they come' : 'Show new recordings as they come'}
          data-testid={testIds.recordings.tail}
        >
          Live tail
        </Button>
        <TimeRangePicker
          value={resolveRange(range)}
          onChange={(picked) => url.setRange(rangeText(picked.raw))}
          onChangeTimeZone={() => {}}
          onMoveBackward={() => url.setRange(shiftRange(range, -1))}
          onMoveForward={() => url.setRange(shiftRange(range, 1))}
          onZoom={() => url.setRange(zoomOut(range))}
          isOnCanvas
        />
        <RefreshPicker
          value={url.refresh}
          intervals={['5s', '10s', '30s', '1m']}
          onRefresh={refresh}
          onIntervalChanged={url.setRefresh}
          isLoading={loading}
          isOnCanvas
        />
      </div>
      <FilterBar filter={filter} stats={stats} error={error} onChange={url.setFilter} />
      {(stats || listed || !error) && <Summary stats={stats} filter={filter} onFilter={url.setFilter} />}
      {error && error.fields.length === 0 && (
        <div data-testid={testIds.recordings.error}>
          <Problem
            error={error}
            title={listed ? 'The recordings may be out of date' : 'The recordings could not be loaded'}
            onRetry={refresh}
          />
        </div>
      )}
      {!listed && !error && <LoadingPlaceholder text="Loading recordings" />}
      {listed && rows.length === 0 && (
        <div data-testid={testIds.recordings.empty}>
          {countConditions(filter) > 0 ? (
            <EmptyState
              variant="not-found"
              message="No recording matches"
              button={
                <Button variant="secondary" onClick={() => url.setFilter(emptyFilter())}>
                  Clear filters
                </Button>
              }
            />
          ) : (
            <EmptyState variant="not-found" message="Nothing was recorded in this time">
              Send requests through one of the gateways, or choose a longer time.
            </EmptyState>
          )}
        </div>
      )}
      {rows.length > 0 && (
        <RecordingsTable
          recordings={rows}
          openId={url.id}
          onOpen={url.open}
          following={url.tail}
          // Who scrolls gets more by scrolling; who follows is at the top.
          onEnd={scrolled && listed?.nextCursor && !loadingMore && !error ? loadMore : undefined}
        />
      )}
      {listed?.nextCursor && (
        <Stack direction="row" justifyContent="center">
          <Button
            variant="secondary"
            icon={loadingMore ? 'spinner' : 'angle-down'}
            disabled={loadingMore}
            onClick={loadMore}
            data-testid={testIds.recordings.loadMore}
          >
            Load older recordings
          </Button>
        </Stack>
      )}
      {replaying && (
        <NewReplay
          makeFilter={makeFilter}
          total={stats?.total}
          onCreated={(job) => navigate(`${PLUGIN_BASE_URL}/${ROUTES.replays}?job=${encodeURIComponent(job.id)}`)}
          onClose={() => setReplaying(false)}
        />
      )}
      {url.id && (
        <RecordingDrawer
          id={url.id}
          ids={ids}
          onOpen={url.open}
          onFilter={(field, value, way) => url.setFilter(toggleValue(filter, field, value, way))}
          onClose={() => url.open(undefined)}
        />
      )}
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  page: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(2) }),
  toolbar: css({ display: 'flex', flexWrap: 'wrap', justifyContent: 'flex-end', gap: theme.spacing(1) }),
});
