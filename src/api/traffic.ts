import { EMPTY, Observable, catchError, filter, map } from 'rxjs';
import {
  LiveChannelConnectionState,
  LiveChannelScope,
  isLiveChannelMessageEvent,
  isLiveChannelStatusEvent,
  type LiveChannelAddress,
} from '@grafana/data';
import { getGrafanaLiveSrv } from '@grafana/runtime';

import { PLUGIN_ID } from '../constants';
import type { Point, Update } from '../types/traffic';
import { call } from './client';

/** The traffic between two moments, one point per step of whole seconds; of one gateway where it is named. */
export async function getTraffic(
  from: Date,
  to: Date,
  stepSeconds: number,
  signal?: AbortSignal,
  gateway = ''
): Promise<Point[]> {
  const { points } = await call<{ points: Point[] | null }>('GET', 'traffic', {
    params: { from: from.toISOString(), to: to.toISOString(), step: `${stepSeconds}s`, gateway },
    signal,
  });
  return points ?? [];
}

/** What the live stream says: that it is connected or not, or one update. */
export type LiveEvent = { connected: boolean } | { update: Update };

// Grafana before 12.4 reads `namespace`, later ones read `stream`.
const address: LiveChannelAddress = {
  scope: LiveChannelScope.Plugin,
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  namespace: PLUGIN_ID,
  stream: PLUGIN_ID,
  path: 'live',
};

/** The live stream of the app's backend. Reconnects by itself; completes where Grafana Live is not available. */
export function liveUpdates(): Observable<LiveEvent> {
  const live = getGrafanaLiveSrv();
  if (!live) {
    return EMPTY;
  }
  return live.getStream<Update>(address).pipe(
    map((event): LiveEvent | undefined => {
      if (isLiveChannelMessageEvent(event)) {
        return isUpdate(event.message) ? { update: event.message } : undefined;
      }
      if (isLiveChannelStatusEvent(event)) {
        return { connected: event.state === LiveChannelConnectionState.Connected };
      }
      return undefined;
    }),
    filter((event) => event !== undefined),
    catchError(() => EMPTY)
  );
}

function isUpdate(message: unknown): message is Update {
  return typeof message === 'object' && message !== null && 'type' in message && 'scenario_version' in message;
}
