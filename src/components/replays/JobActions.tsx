import React, { useState } from 'react';
import { Button, Stack } from '@grafana/ui';

import { toApiError, type ApiError } from '../../api/ApiError';
import { steerReplayJob } from '../../api/replays';
import { canWrite } from '../../api/user';
import { isActive, type ReplayJob } from '../../types/replay';
import { testIds } from '../testIds';

interface Props {
  job: ReplayJob;
  onChange: (job: ReplayJob) => void;
  onError: (error: ApiError) => void;
}

/** Pauses a job, goes on with it, or ends it. */
export function JobActions({ job, onChange, onError }: Props) {
  const [busy, setBusy] = useState(false);
  if (!isActive(job) || !canWrite()) {
    return null;
  }
  const steer = async (action: 'pause' | 'resume' | 'stop') => {
    setBusy(true);
    try {
      onChange(await steerReplayJob(job.id, action));
    } catch (thrown) {
      onError(toApiError(thrown));
    } finally {
      setBusy(false);
    }
  };
  const name = job.name || 'this job';
  return (
    <Stack direction="row" gap={1}>
      {job.status === 'paused' ? (
        <Button
          size="sm"
          variant="secondary"
          icon="play"
          disabled={busy}
          onClick={() => steer('resume')}
          aria-label={`Go on with ${name}`}
          data-testid={testIds.replays.resume}
        >
          Resume
        </Button>
      ) : (
        <Button
          size="sm"
          variant="secondary"
          icon="pause"
          disabled={busy || job.status === 'stopping'}
          onClick={() => steer('pause')}
          aria-label={`Pause ${name}`}
          data-testid={testIds.replays.pause}
        >
          Pause
        </Button>
      )}
      <Button
        size="sm"
        variant="destructive"
        fill="outline"
        icon="times"
        disabled={busy || job.status === 'stopping'}
        onClick={() => steer('stop')}
        aria-label={`Stop ${name}`}
        data-testid={testIds.replays.stop}
      >
        Stop
      </Button>
    </Stack>
  );
}
