import { css, cx } from '@emotion/css';
import React from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { Badge, useStyles2, type BadgeColor } from '@grafana/ui';

import type { ApiError } from '../../api/ApiError';
import { useNow } from '../../hooks/useNow';
import type { JobStatus, ReplayJob } from '../../types/replay';
import { ago } from '../../types/recordingWords';
import { paceWords, statusWords } from '../../types/replayWords';
import { tableStyles } from '../tableStyles';
import { testIds } from '../testIds';
import { JobActions } from './JobActions';
import { Progress } from './Progress';

const colors: Record<JobStatus, BadgeColor> = {
  queued: 'blue',
  running: 'blue',
  paused: 'orange',
  stopping: 'orange',
  stopped: 'darkgrey',
  done: 'green',
  failed: 'red',
};

/** Where a job stands. */
export function JobStatusBadge({ job }: { job: ReplayJob }) {
  return <Badge text={statusWords[job.status]} color={colors[job.status]} tooltip={job.problem} />;
}

interface Props {
  jobs: readonly ReplayJob[];
  onOpen: (id: string) => void;
  onChange: (job: ReplayJob) => void;
  onError: (error: ApiError) => void;
}

/** Jobs, newest first. */
export function JobsTable({ jobs, onOpen, onChange, onError }: Props) {
  const styles = useStyles2(getStyles);
  const now = useNow(5000);
  return (
    <div className={styles.scroll}>
      <table className={styles.table} data-testid={testIds.replays.table}>
        <thead>
          <tr>
            <th scope="col">Job</th>
            <th scope="col">Status</th>
            <th scope="col" className={styles.wide}>
              Progress
            </th>
            <th scope="col" className={styles.optional}>
              Same
            </th>
            <th scope="col" className={styles.optional}>
              Different
            </th>
            <th scope="col" className={styles.optional}>
              Failed
            </th>
            <th scope="col" className={styles.optional}>
              Skipped
            </th>
            <th scope="col">Started</th>
            <th scope="col" className={styles.actions} aria-label="Actions" />
          </tr>
        </thead>
        <tbody>
          {jobs.map((job) => (
            <tr key={job.id} data-testid={testIds.replays.job} data-id={job.id}>
              <td>
                <button
                  type="button"
                  className={cx(styles.link, styles.name)}
                  onClick={() => onOpen(job.id)}
                  data-testid={testIds.replays.open}
                >
                  {job.name || `Replay of ${job.total.toLocaleString()} recordings`}
                </button>
                <div className={styles.weak}>
                  {[
                    paceWords(job.request.pace),
                    job.request.target && `to ${job.request.target}`,
                    job.request.scenario && `in ${job.request.scenario.mode} mode`,
                  ]
                    .filter(Boolean)
                    .join(', ')}
                </div>
              </td>
              <td>
                <JobStatusBadge job={job} />
              </td>
              <td>
                <Progress job={job} />
                <div className={styles.weak}>
                  {(job.sent + job.skipped).toLocaleString()} of {job.total.toLocaleString()}
                </div>
              </td>
              <td className={cx(styles.number, styles.optional)}>{job.same.toLocaleString()}</td>
              <td className={cx(styles.number, styles.optional)}>{job.different.toLocaleString()}</td>
              <td className={cx(styles.number, styles.optional)}>{job.failed.toLocaleString()}</td>
              <td className={cx(styles.number, styles.optional)}>{job.skipped.toLocaleString()}</td>
              <td className={styles.weak}>
                {ago(job.created_at, now)}
                {job.created_by && <div>by {job.created_by}</div>}
              </td>
              <td className={styles.actions}>
                <JobActions job={job} onChange={onChange} onError={onError} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  ...tableStyles(theme, 60),
  wide: css({ width: '30%' }),
  // As wide with its buttons as without them, so that nothing jumps when a job ends.
  actions: css({ minWidth: 190, width: 190 }),
  name: css({ maxWidth: 340 }),
  // The progress tells the same.
  optional: css({ [theme.breakpoints.down('md')]: { display: 'none' } }),
  weak: css({ color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize }),
});
