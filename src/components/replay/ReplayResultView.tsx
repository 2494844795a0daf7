import { css } from '@emotion/css';
import React from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { Alert, Icon, useStyles2 } from '@grafana/ui';

import type { Replay } from '../../types/replay';
import { bytes, duration } from '../../types/recordingWords';
import { endingsOf, verdictOf } from '../../types/replayWords';
import { Withheld } from '../recording/Withheld';
import { testIds } from '../testIds';
import { AnswerStatus } from './AnswerStatus';
import { BodyDifference } from './BodyDifference';
import { DifferencesTable } from './DifferencesTable';
import { MessagesDifference } from './MessagesDifference';

/** The recorded answer beside that to the replay, and all that differs. */
export function ReplayResultView({ replay }: { replay: Replay }) {
  const styles = useStyles2(getStyles);
  const { recorded, replayed, diff } = replay;
  const endings = endingsOf(replay);
  const headers = diff.headers ?? [];
  const trailers = diff.trailers ?? [];
  const reservations = [...(diff.notes ?? [])];
  return (
    <div className={styles.column} data-testid={testIds.replay.result} data-equal={diff.equal}>
      <div className={diff.equal ? styles.same : styles.differs} data-testid={testIds.replay.verdict}>
        <Icon name={diff.equal ? 'check' : 'arrows-h'} />
        {diff.equal ? 'The answer is the same as the recorded one.' : verdictOf(replay)}
      </div>
      <table className={styles.sides}>
        <thead>
          <tr>
            <td />
            <th scope="col">Recorded</th>
            <th scope="col">Replayed</th>
          </tr>
        </thead>
        <tbody>
          <tr className={diff.status || diff.grpc_status || diff.websocket_close ? styles.changed : undefined}>
            <th scope="row">Status</th>
            <td>
              <AnswerStatus ending={endings.recorded} />
            </td>
            <td>
              <AnswerStatus ending={endings.replayed} />
            </td>
          </tr>
          <tr>
            <th scope="row">Duration</th>
            <td>{duration(recorded.duration_ms)}</td>
            <td>{duration(replayed.duration_ms)}</td>
          </tr>
          {diff.messages ? (
            <tr className={diff.messages.equal ? undefined : styles.changed}>
              <th scope="row">Messages</th>
              <td>{diff.messages.before.toLocaleString()}</td>
              <td>{diff.messages.after.toLocaleString()}</td>
            </tr>
          ) : (
            <tr className={diff.body.equal ? undefined : styles.changed}>
              <th scope="row">Body</th>
              <td>{bytes(diff.body.before.size)}</td>
              <td>{bytes(diff.body.after.size)}</td>
            </tr>
          )}
        </tbody>
      </table>
      {headers.length > 0 && <DifferencesTable title="Headers" differences={headers} />}
      {trailers.length > 0 && <DifferencesTable title="Trailers" differences={trailers} />}
      {replay.withheld && <Withheld what="How they differ in detail is not shown." />}
      {!diff.body.equal && !replay.withheld && (
        <section aria-label="Body">
          <h5>Body</h5>
          <BodyDifference body={diff.body} />
        </section>
      )}
      {diff.messages && !diff.messages.equal && !replay.withheld && <MessagesDifference messages={diff.messages} />}
      {(replayed.dropped ?? []).length > 0 && (
        <Alert severity="info" title="Not all of the recorded request was sent">
          {(replayed.dropped ?? []).map(({ part, name, reason }, i) => (
            <div key={i}>
              {part} {name || '(not shown)'}: {reason}
            </div>
          ))}
        </Alert>
      )}
      {reservations.length > 0 && (
        <ul className={styles.notes}>
          {reservations.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
      <p className={styles.weak}>
        Sent to {replayed.host} with trace id {replayed.trace_id}.
      </p>
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => {
  const banner = {
    display: 'flex',
    alignItems: 'center',
    gap: theme.spacing(1),
    padding: theme.spacing(1, 1.5),
    borderRadius: theme.shape.radius.default,
  };
  return {
    column: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(2) }),
    same: css({ ...banner, background: theme.colors.success.transparent, color: theme.colors.success.text }),
    differs: css({ ...banner, background: theme.colors.warning.transparent, color: theme.colors.warning.text }),
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
    changed: css({ background: theme.colors.warning.transparent }),
    weak: css({ color: theme.colors.text.secondary, margin: 0, overflowWrap: 'anywhere' }),
    notes: css({ color: theme.colors.text.secondary, paddingLeft: theme.spacing(2), margin: 0 }),
  };
};
