import type { Replay, ReplayOptions } from '../types/replay';
import { call } from './client';

/** Sends a recording once more to its gateway's upstream, and compares the answers. Waits for a collector to do it. */
export function replayRecording(id: string, options: ReplayOptions = {}): Promise<Replay> {
  return call('POST', `recordings/replay/${encodeURIComponent(id)}`, { body: options });
}
