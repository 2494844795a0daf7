import { css } from '@emotion/css';
import React from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2, useTheme2 } from '@grafana/ui';

import { OUTCOMES, type JobOutcome, type ReplayJob } from '../../types/replay';
import { outcomeWords, progressOf } from '../../types/replayWords';

/** The colour of an outcome, the same wherever it is told. */
export const outcomeColors: Record<JobOutcome, string> = {
  same: 'green',
  different: 'orange',
  failed: 'red',
  skipped: 'text',
};

/** How far a job is, and with what outcome. */
export function Progress({ job }: { job: ReplayJob }) {
  const styles = useStyles2(getStyles);
  const theme = useTheme2();
  const settled = job.sent + job.skipped;
  return (
    <div
      role="progressbar"
      aria-label={`Progress of ${job.name || 'the job'}`}
      aria-valuemin={0}
      aria-valuemax={job.total}
      aria-valuenow={settled}
      aria-valuetext={`${settled} of ${job.total}`}
      title={OUTCOMES.map((outcome) => `${outcomeWords[outcome].label} ${job[outcome]}`).join(', ')}
      className={styles.track}
    >
      {progressOf(job) > 0 &&
        OUTCOMES.map((outcome) => (
          <span
            key={outcome}
            style={{
              width: `${job.total === 0 ? 0 : (job[outcome] / job.total) * 100}%`,
              background:
                outcome === 'skipped'
                  ? theme.colors.text.disabled
                  : theme.visualization.getColorByName(outcomeColors[outcome]),
            }}
          />
        ))}
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  track: css({
    display: 'flex',
    height: 8,
    minWidth: 120,
    borderRadius: 4,
    overflow: 'hidden',
    background: theme.colors.background.secondary,
    '& > span': { transition: theme.transitions.create('width') },
  }),
});
