import { milliseconds } from './figureWords';
import type { JobOutcome, JobResult, JobStatus, Pace, ReplayJob } from './replay';

export const statusWords: Record<JobStatus, string> = {
  queued: 'Waiting for a collector',
  running: 'Running',
  paused: 'Paused',
  stopping: 'Stopping',
  stopped: 'Stopped',
  done: 'Done',
  failed: 'Failed',
};

export const outcomeWords: Record<JobOutcome, { label: string; explanation: string }> = {
  same: { label: 'Same', explanation: 'Answered as recorded' },
  different: { label: 'Different', explanation: 'Answered otherwise than recorded' },
  failed: { label: 'Failed', explanation: 'No complete answer, or nobody knows' },
  skipped: { label: 'Skipped', explanation: 'Not sent' },
};

/** The pace of a job in words. */
export function paceWords(pace?: Pace): string {
  switch (pace?.mode) {
    case 'recorded':
      return 'at the recorded pace';
    case 'multiple':
      return `${pace.multiple ?? 1} times as fast as recorded`;
    case 'rate':
      return `${pace.rate ?? 1} a second`;
    default:
      return 'one after another';
  }
}

/** How much of a job is settled, 0 to 1. */
export function progressOf(job: ReplayJob): number {
  return job.total === 0 ? (job.ended_at ? 1 : 0) : Math.min(1, (job.sent + job.skipped) / job.total);
}

/** How a result differs, in one line. */
export function resultWords(result: JobResult): string {
  if (result.problem) {
    return result.problem;
  }
  const differences = result.differences ?? [];
  if (differences.length === 0) {
    return `in ${milliseconds(result.response_time_ms)}, recorded ${milliseconds(result.recorded_time_ms)}`;
  }
  const [first] = differences;
  const name = first.path ? `${first.part} ${first.path}` : first.part;
  const words = `${name}: ${short(first.before)} became ${short(first.after)}`;
  const rest = differences.length - 1;
  return result.more || rest > 0 ? `${words}, and ${result.more ? `${rest} or` : rest} more` : words;
}

function short(value: unknown): string {
  const text = value === undefined ? 'nothing' : typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
