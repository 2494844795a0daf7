import { css } from '@emotion/css';
import React, { useEffect, useRef, useState } from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { Alert, Button, Collapse, Field, Input, LoadingBar, Stack, TextArea, useStyles2 } from '@grafana/ui';

import { ApiError, toApiError } from '../../api/ApiError';
import { replayRecording } from '../../api/replays';
import { canWrite } from '../../api/user';
import { hasCurl } from '../../types/curl';
import type { Recording } from '../../types/recording';
import type { Replay } from '../../types/replay';
import { parseOverrides } from '../../types/replayOptions';
import { testIds } from '../testIds';
import { ReplayResultView } from './ReplayResultView';

/** Sends a recording again, and shows how the answer differs from the recorded one. */
export function ReplayTab({ recording }: { recording: Recording }) {
  const styles = useStyles2(getStyles);
  const [running, setRunning] = useState(false);
  const [replay, setReplay] = useState<Replay>();
  const [error, setError] = useState<ApiError>();
  const [options, setOptions] = useState(false);
  const [ignored, setIgnored] = useState('');
  const [headers, setHeaders] = useState('');
  const shown = useRef(true);
  useEffect(() => {
    shown.current = true;
    return () => {
      shown.current = false;
    };
  }, []);

  if (!hasCurl(recording)) {
    return (
      <Alert severity="info" title="This cannot be sent again">
        Requests over HTTP and GraphQL can be replayed; streams of gRPC and WebSocket cannot yet.
      </Alert>
    );
  }
  const writable = canWrite();
  const run = async () => {
    setRunning(true);
    setError(undefined);
    try {
      const done = await replayRecording(recording.id, {
        ...(headers.trim() && { header_overrides: parseOverrides(headers) }),
        ...(ignored.trim() && {
          ignore_fields: ignored
            .split(',')
            .map((field) => field.trim())
            .filter(Boolean),
        }),
      });
      if (shown.current) {
        setReplay(done);
      }
    } catch (thrown) {
      if (shown.current) {
        setError(toApiError(thrown));
      }
    } finally {
      if (shown.current) {
        setRunning(false);
      }
    }
  };

  return (
    <div className={styles.column}>
      <Stack direction="row" gap={2} alignItems="center" wrap="wrap">
        <Button
          icon={running ? 'spinner' : 'repeat'}
          disabled={running || !writable}
          tooltip={writable ? undefined : 'You need the Editor role'}
          onClick={run}
          data-testid={testIds.replay.start}
        >
          {running ? 'Waiting for the answer' : replay ? 'Replay again' : 'Replay'}
        </Button>
        <span className={styles.weak}>
          Sent once to the upstream of gateway {recording.gateway}, past all scenarios, and marked as synthetic.
        </span>
      </Stack>
      <Collapse label="Options" isOpen={options} onToggle={setOptions}>
        <Field
          label="Fields whose differences do not matter"
          description="Places in JSON bodies, separated by commas: $.timestamp, items[*].updated_at, **.id"
          htmlFor="mockforge-replay-ignored"
          invalid={Boolean(error?.problemOf('ignore_fields'))}
          error={error?.problemOf('ignore_fields')}
        >
          <Input
            id="mockforge-replay-ignored"
            value={ignored}
            onChange={(event) => setIgnored(event.currentTarget.value)}
          />
        </Field>
        <Field
          label="Headers to send instead"
          description="One per line, such as an Authorization that was masked when it was recorded"
          htmlFor="mockforge-replay-headers"
          noMargin
        >
          <TextArea
            id="mockforge-replay-headers"
            rows={2}
            placeholder="Authorization: Bearer ..."
            value={headers}
            onChange={(event) => setHeaders(event.currentTarget.value)}
          />
        </Field>
      </Collapse>
      <div aria-live="polite">
        {running && <LoadingBar width={300} />}
        {error && (
          <Alert severity="error" title="Nothing was replayed">
            {error.message}
          </Alert>
        )}
      </div>
      {replay && !running && <ReplayResultView replay={replay} />}
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  column: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(2) }),
  weak: css({ color: theme.colors.text.secondary, flex: '1 1 240px' }),
});
