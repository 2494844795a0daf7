import type {
  JobOutcome,
  JobResult,
  Replay,
  ReplayJob,
  ReplayJobRequest,
  ReplayOptions,
  ReplayRun,
} from '../types/replay';
import type { Definition } from '../types/scenario';
import { call } from './client';

/** Sends a recording once more to its gateway's upstream, and compares the answers. Waits for a collector to do it. */
export function replayRecording(id: string, options: ReplayOptions = {}): Promise<Replay> {
  return call('POST', `recordings/replay/${encodeURIComponent(id)}`, { body: options });
}

/** Sends a recording once under each of up to three scenarios, at the same time. */
export async function replayUnder(
  id: string,
  scenarios: Definition[],
  options: ReplayOptions = {}
): Promise<ReplayRun[]> {
  const { runs } = await call<{ runs: ReplayRun[] }>('POST', `recordings/replay/${encodeURIComponent(id)}`, {
    body: { ...options, scenarios },
  });
  return runs;
}

/** Sends many recordings again, in the background. */
export function createReplayJob(request: ReplayJobRequest): Promise<ReplayJob> {
  return call('POST', 'recordings/replays', { body: request });
}

/** The newest jobs. */
export async function listReplayJobs(signal?: AbortSignal): Promise<ReplayJob[]> {
  const page = await call<{ jobs: ReplayJob[] | null }>('GET', 'recordings/replays', { signal });
  return page.jobs ?? [];
}

export function getReplayJob(id: string, signal?: AbortSignal): Promise<ReplayJob> {
  return call('GET', `recordings/replays/${encodeURIComponent(id)}`, { signal });
}

/** Pauses a job, goes on with it, or ends it. */
export function steerReplayJob(id: string, action: 'pause' | 'resume' | 'stop'): Promise<ReplayJob> {
  return call('POST', `recordings/replays/${encodeURIComponent(id)}/${action}`);
}

/** One page of what became of the recordings of a job. */
export async function getJobResults(
  id: string,
  options: { outcome?: JobOutcome; cursor?: string },
  signal?: AbortSignal
): Promise<{ results: JobResult[]; nextCursor?: string }> {
  const page = await call<{ results: JobResult[] | null; next_cursor?: string }>(
    'GET',
    `recordings/replays/${encodeURIComponent(id)}/results`,
    { params: { ...options }, signal }
  );
  return { results: page.results ?? [], nextCursor: page.next_cursor };
}
