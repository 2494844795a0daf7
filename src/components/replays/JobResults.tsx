import { css } from '@emotion/css';
import React, { useEffect, useState } from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { Badge, Button, Icon, LoadingPlaceholder, useStyles2, type BadgeColor } from '@grafana/ui';

import { toApiError, type ApiError } from '../../api/ApiError';
import { getJobResults } from '../../api/replays';
import type { JobOutcome, JobResult, ReplayJob } from '../../types/replay';
import { outcomeWords, placeOf, resultWords } from '../../types/replayWords';
import { Problem } from '../Problem';
import { Values } from '../replay/Values';
import { testIds } from '../testIds';

const colors: Record<JobOutcome, BadgeColor> = {
  same: 'green',
  different: 'orange',
  failed: 'red',
  skipped: 'darkgrey',
};

interface Props {
  job: ReplayJob;
  outcome?: JobOutcome;
  onOpenRecording: (id: string) => void;
}

interface Listed {
  results: JobResult[];
  nextCursor?: string;
  /** What this is an answer to. */
  of: string;
}

/** What became of each recording, in the order of the job; a difference opens where it stands. */
export function JobResults({ job, outcome, onOpenRecording }: Props) {
  const styles = useStyles2(getStyles);
  const [listed, setListed] = useState<Listed>();
  const [error, setError] = useState<ApiError>();
  const [attempt, setAttempt] = useState(0);
  const settled = outcome ? job[outcome] : job.sent + job.skipped;
  const of = `${job.id} ${outcome ?? ''}`;
  const shown = listed?.of === of ? listed : undefined;
  // More is asked for as long as the first page is not full.
  const wanted = Math.min(settled, 100);

  useEffect(() => {
    const controller = new AbortController();
    getJobResults(job.id, { outcome }, controller.signal).then(
      (page) => {
        setError(undefined);
        // What was loaded beyond the first page stays.
        setListed((before) =>
          before?.of === of && before.results.length > page.results.length ? before : { ...page, of }
        );
      },
      (thrown) => {
        if (!controller.signal.aborted) {
          setError(toApiError(thrown));
        }
      }
    );
    return () => controller.abort();
  }, [job.id, outcome, of, wanted, attempt]);

  const more = () =>
    getJobResults(job.id, { outcome, cursor: shown?.nextCursor }).then(
      (page) =>
        setListed((before) =>
          before?.of === of ? { ...page, results: [...before.results, ...page.results], of } : before
        ),
      (thrown) => setError(toApiError(thrown))
    );

  if (error) {
    return <Problem error={error} title="The results could not be loaded" onRetry={() => setAttempt(attempt + 1)} />;
  }
  if (!shown) {
    return <LoadingPlaceholder text="Loading the results" />;
  }
  if (shown.results.length === 0) {
    return <p className={styles.weak}>{settled === 0 ? 'None yet.' : 'None.'}</p>;
  }
  return (
    <div>
      <ol className={styles.list}>
        {shown.results.map((result) => (
          <li key={result.sequence} data-testid={testIds.replays.result} data-outcome={result.outcome}>
            <details className={styles.result}>
              <summary className={styles.summary}>
                <Icon name="angle-right" className={styles.mark} />
                <span className={styles.outcome}>
                  <Badge text={outcomeWords[result.outcome].label} color={colors[result.outcome]} />
                </span>
                <span className={styles.status}>
                  {result.recorded_status || 'none'}
                  {result.outcome !== 'skipped' &&
                    result.response_status !== result.recorded_status &&
                    ` → ${result.response_status || 'none'}`}
                </span>
                <span className={styles.what}>
                  {result.path && (
                    <span className={styles.request}>
                      {result.method} {result.path}
                    </span>
                  )}
                  <span className={styles.words}>{resultWords(result)}</span>
                </span>
              </summary>
              <div className={styles.inner}>
                {(result.differences ?? []).map((difference, i) => (
                  <div key={i} className={styles.difference}>
                    <span className={styles.weak}>{placeOf(difference)}</span>
                    <Values difference={difference} />
                  </div>
                ))}
                {result.withheld && (
                  <div className={styles.weak}>Your role may not read how bodies, headers and messages differ.</div>
                )}
                <Button
                  size="sm"
                  variant="secondary"
                  fill="text"
                  icon="record-audio"
                  onClick={() => onOpenRecording(result.recording_id)}
                >
                  Open the recording
                </Button>
              </div>
            </details>
          </li>
        ))}
      </ol>
      {shown.nextCursor && (
        <Button variant="secondary" icon="angle-down" onClick={more}>
          Load more
        </Button>
      )}
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  list: css({ listStyle: 'none' }),
  result: css({ borderBottom: `1px solid ${theme.colors.border.weak}` }),
  summary: css({
    display: 'flex',
    alignItems: 'center',
    gap: theme.spacing(1),
    padding: theme.spacing(0.75, 0),
    cursor: 'pointer',
    '&:focus-visible': { outline: `2px solid ${theme.colors.primary.main}` },
  }),
  mark: css({
    flexShrink: 0,
    color: theme.colors.text.secondary,
    'details[open] > summary > &': { transform: 'rotate(90deg)' },
  }),
  // As wide as the widest, so that what follows stands in columns.
  outcome: css({ minWidth: 60 }),
  status: css({ minWidth: 84, fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' }),
  what: css({
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'baseline',
    columnGap: theme.spacing(1.5),
    flex: 1,
    minWidth: 0,
  }),
  request: css({
    maxWidth: '100%',
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
    fontFamily: theme.typography.fontFamilyMonospace,
    fontSize: theme.typography.bodySmall.fontSize,
    lineHeight: theme.typography.body.lineHeight,
  }),
  words: css({
    maxWidth: '100%',
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
    color: theme.colors.text.secondary,
  }),
  inner: css({ padding: theme.spacing(0, 0, 1, 1) }),
  difference: css({
    display: 'flex',
    flexWrap: 'wrap',
    gap: theme.spacing(0.5, 1.5),
    padding: theme.spacing(0.25, 0),
    fontFamily: theme.typography.fontFamilyMonospace,
    fontSize: theme.typography.bodySmall.fontSize,
  }),
  weak: css({ color: theme.colors.text.secondary }),
});
