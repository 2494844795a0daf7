import { css } from '@emotion/css';
import React, { useState } from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { Alert, Badge, Icon, Tab, TabContent, TabsBar, useStyles2 } from '@grafana/ui';

import type { ReplayRun } from '../../types/replay';
import { duration } from '../../types/recordingWords';
import { endingsOf } from '../../types/replayWords';
import { lookOf } from '../modes/modeLook';
import { testIds } from '../testIds';
import { AnswerStatus } from './AnswerStatus';
import { ReplayResultView } from './ReplayResultView';

/** The answers under several scenarios side by side, and each of them held against the recorded one. */
export function ReplayRuns({ runs }: { runs: ReadonlyArray<ReplayRun & { name: string }> }) {
  const styles = useStyles2(getStyles);
  const [open, setOpen] = useState(0);
  const answered = runs.find((run) => run.result)?.result;
  const recorded = answered?.recorded;
  const shown = runs[open] ?? runs[0];
  return (
    <div className={styles.column}>
      <div className={styles.scroll}>
        <table className={styles.sides}>
          <thead>
            <tr>
              <td />
              <th scope="col">Recorded</th>
              {runs.map(({ name, scenario }) => (
                <th key={name} scope="col" data-testid={testIds.replay.run} data-name={name}>
                  {name} <Badge text={lookOf(scenario.mode).label} color={lookOf(scenario.mode).color} />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <tr>
              <th scope="row">Status</th>
              <td>{answered && <AnswerStatus ending={endingsOf(answered).recorded} />}</td>
              {runs.map(({ name, result, problem }) => (
                <td key={name}>{result ? <AnswerStatus ending={endingsOf(result).replayed} /> : problem}</td>
              ))}
            </tr>
            <tr>
              <th scope="row">Duration</th>
              <td>{recorded && duration(recorded.duration_ms)}</td>
              {runs.map(({ name, result }) => (
                <td key={name}>{result && duration(result.replayed.duration_ms)}</td>
              ))}
            </tr>
            <tr>
              <th scope="row">Injected</th>
              <td />
              {runs.map(({ name, result }) => (
                <td key={name}>
                  {(result?.replayed.injected ?? [])
                    .map(({ kind, detail }) => (detail ? `${kind} ${detail}` : kind))
                    .join(', ') || (result ? 'nothing' : '')}
                </td>
              ))}
            </tr>
            <tr>
              <th scope="row">Answer</th>
              <td />
              {runs.map(({ name, result }) => (
                <td key={name}>
                  {result && (
                    <>
                      <Icon name={result.diff.equal ? 'check' : 'arrows-h'} />{' '}
                      {result.diff.equal ? 'the same' : 'differs'}
                    </>
                  )}
                </td>
              ))}
            </tr>
          </tbody>
        </table>
      </div>
      <TabsBar>
        {runs.map(({ name }, i) => (
          <Tab key={name} label={name} active={i === open} onChangeTab={() => setOpen(i)} />
        ))}
      </TabsBar>
      <TabContent>
        {shown.result ? (
          <ReplayResultView replay={shown.result} />
        ) : (
          <Alert severity="error" title="Nothing was replayed">
            {shown.problem}
          </Alert>
        )}
      </TabContent>
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  column: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(2) }),
  scroll: css({ overflowX: 'auto' }),
  sides: css({
    width: '100%',
    fontVariantNumeric: 'tabular-nums',
    '& th, & td': {
      padding: theme.spacing(0.5, 1),
      textAlign: 'left',
      borderBottom: `1px solid ${theme.colors.border.weak}`,
    },
    '& th': { color: theme.colors.text.secondary, fontWeight: theme.typography.fontWeightRegular },
  }),
});
