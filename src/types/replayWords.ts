import { milliseconds } from './figureWords';
import { grpcName, type Ending } from './recordingWords';
import type { JobDifference, JobOutcome, JobResult, JobStatus, Pace, Replay, ReplayJob, StatusChange } from './replay';

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
  const words = `${placeOf(first)}: ${short(first.before)} became ${short(first.after)}`;
  const rest = differences.length - 1;
  return result.more || rest > 0 ? `${words}, and ${result.more ? `${rest} or` : rest} more` : words;
}

/** How the recorded exchange and its replay ended. */
export function endingsOf({ recorded, replayed, diff }: Replay): { recorded: Ending; replayed: Ending } {
  // What is the same on both sides is told once.
  const side = (change: StatusChange | undefined, which: 'before' | 'after', same?: number) => {
    const value = change ? change[which] : same;
    return value === -1 ? undefined : value;
  };
  return {
    recorded: {
      response_status: recorded.status,
      failure: recorded.failure,
      grpc_status: side(diff.grpc_status, 'before', replayed.grpc_status),
      websocket_close: side(diff.websocket_close, 'before', replayed.websocket_close),
    },
    replayed: {
      response_status: replayed.status,
      failure: replayed.failure,
      grpc_status: side(diff.grpc_status, 'after', replayed.grpc_status),
      websocket_close: side(diff.websocket_close, 'after', replayed.websocket_close),
    },
  };
}

/** What differs, in one sentence. */
export function verdictOf({ diff }: Replay): string {
  const parts: string[] = [];
  const count = (n: number, one: string, many: string) => `${n} ${n === 1 ? one : many}`;
  const became = (name: string, change: StatusChange | undefined, word: (value: number) => string) => {
    if (change) {
      parts.push(`${name} ${word(change.before)} became ${word(change.after)}`);
    }
  };
  became('status', diff.status, (value) => String(value || 'none'));
  became('gRPC status', diff.grpc_status, (value) => (value === -1 ? 'none' : grpcName(value)));
  became('close code', diff.websocket_close, (value) => (value === -1 ? 'none' : String(value)));
  if (diff.headers?.length) {
    parts.push(count(diff.headers.length, 'header', 'headers'));
  }
  if (diff.trailers?.length) {
    parts.push(count(diff.trailers.length, 'trailer', 'trailers'));
  }
  if (!diff.body.equal) {
    const changes = diff.body.changes?.length ?? 0;
    parts.push(changes > 0 ? count(changes, 'place in the body', 'places in the body') : 'the body');
  }
  if (diff.messages?.different?.length) {
    parts.push(count(diff.messages.different.length, 'message', 'messages'));
  }
  return parts.length > 0 ? `The answer differs: ${parts.join(', ')}.` : 'The answer differs.';
}

/** Where a difference of a job's result is. */
export function placeOf({ part, path }: JobDifference): string {
  if (part === 'grpc_status') {
    return 'gRPC status';
  }
  if (part === 'close') {
    return 'close code';
  }
  // Of a status the part says it all, of a message the path.
  return path.startsWith(part) ? path : `${part} ${path}`;
}

function short(value: unknown): string {
  const text = value === undefined ? 'nothing' : typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
