import { css } from '@emotion/css';
import React, { useCallback, useState } from 'react';
import { dateTimeFormat, type GrafanaTheme2 } from '@grafana/data';
import { Alert, Drawer, LoadingPlaceholder, RadioButtonGroup, Stack, useStyles2 } from '@grafana/ui';

import type { ApiError } from '../../api/ApiError';
import { getReplayJob } from '../../api/replays';
import { useInterval } from '../../hooks/useInterval';
import { useLoad } from '../../hooks/useLoad';
import { isActive, OUTCOMES, type JobOutcome, type ReplayJob } from '../../types/replay';
import { outcomeWords, paceWords } from '../../types/replayWords';
import { Problem } from '../Problem';
import { testIds } from '../testIds';
import { JobActions } from './JobActions';
import { JobResults } from './JobResults';
import { JobStatusBadge } from './JobsTable';
import { Progress } from './Progress';

/** Milliseconds between two looks at a job that is not over. */
const POLL = 1000;

interface Props {
  id: string;
  onClose: () => void;
  onOpenRecording: (id: string) => void;
}

/** One job: how far it is, and what became of each of its recordings. */
export function JobDrawer({ id, onClose, onOpenRecording }: Props) {
  const styles = useStyles2(getStyles);
  const load = useCallback((signal: AbortSignal) => getReplayJob(id, signal), [id]);
  const { data: job, error, loading, reload, replace } = useLoad(load);
  const [outcome, setOutcome] = useState<JobOutcome | ''>('');
  const [refused, setRefused] = useState<ApiError>();
  useInterval(reload, job && isActive(job) && !loading ? POLL : 0);

  return (
    <Drawer
      title={job ? job.name || 'Replay' : 'Replay'}
      subtitle={
        job && (
          <Stack direction="row" gap={1} alignItems="center" wrap="wrap">
            <JobStatusBadge job={job} />
            <JobActions job={job} onChange={replace} onError={setRefused} />
          </Stack>
        )
      }
      size="md"
      onClose={onClose}
    >
      <div className={styles.column} data-testid={testIds.replays.details}>
        {error && <Problem error={error} title="The job could not be loaded" onRetry={reload} />}
        {!job && !error && <LoadingPlaceholder text="Loading the job" />}
        {refused && (
          <Alert severity="error" title="The job was not changed" onRemove={() => setRefused(undefined)}>
            {refused.message}
          </Alert>
        )}
        {job && (
          <>
            {job.problem && <Alert severity="warning" title={job.problem} />}
            <Progress job={job} />
            <Facts job={job} />
            <RadioButtonGroup<JobOutcome | ''>
              className={styles.choice}
              options={[
                { value: '', label: `All ${(job.sent + job.skipped).toLocaleString()}` },
                ...OUTCOMES.map((value) => ({
                  value,
                  label: `${outcomeWords[value].label} ${job[value].toLocaleString()}`,
                  description: outcomeWords[value].explanation,
                })),
              ]}
              value={outcome}
              onChange={setOutcome}
            />
            <JobResults job={job} outcome={outcome || undefined} onOpenRecording={onOpenRecording} />
          </>
        )}
      </div>
    </Drawer>
  );
}

function Facts({ job }: { job: ReplayJob }) {
  const styles = useStyles2(getStyles);
  const time = (at?: string) => at && dateTimeFormat(at, { format: 'YYYY-MM-DD HH:mm:ss' });
  const facts: Array<[string, string | undefined]> = [
    ['Sent', paceWords(job.request.pace)],
    ['To', job.request.target || 'the upstream of each gateway'],
    ['Under', job.request.scenario ? `a scenario of ${job.request.scenario.mode} mode` : 'no scenario'],
    ['Made', `${time(job.created_at)}${job.created_by ? ` by ${job.created_by}` : ''}`],
    ['Reason', job.request.reason],
    ['Ended', time(job.ended_at)],
    ['Collectors', job.taken_by],
  ];
  return (
    <dl className={styles.facts}>
      {facts
        .filter(([, value]) => value)
        .map(([name, value]) => (
          <React.Fragment key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </React.Fragment>
        ))}
    </dl>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  column: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(2) }),
  // On a phone its choices do not fit beside each other.
  choice: css({ alignSelf: 'flex-start', maxWidth: '100%', flexWrap: 'wrap' }),
  facts: css({
    display: 'grid',
    gridTemplateColumns: 'max-content minmax(0, 1fr)',
    columnGap: theme.spacing(2),
    rowGap: theme.spacing(0.5),
    margin: 0,
    '& dt': { color: theme.colors.text.secondary, fontWeight: theme.typography.fontWeightRegular },
    '& dd': { margin: 0, overflowWrap: 'anywhere' },
  }),
});
