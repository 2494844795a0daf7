import { useEffect, useMemo, useReducer } from 'react';

import { ApiError, toApiError } from '../api/ApiError';
import { getTraffic, liveUpdates } from '../api/traffic';
import { appendPoints } from '../types/trafficWindow';
import type { Point, Update } from '../types/traffic';

/** Seconds of traffic that are kept: five minutes to draw, and one more to compare with. */
export const WINDOW_SECONDS = 360;

/** Milliseconds between two polls while Grafana Live is not connected. */
export const POLL_INTERVAL = 5000;

/** Milliseconds between two polls of one gateway, whose points are not streamed. */
const GATEWAY_INTERVAL = 1000;

/** Seconds after which a second of all collectors is in the database: when the stream sends it, too. */
const SETTLE_SECONDS = 0.8;

/** How the figures arrive: pushed every second, asked for every five, or (yet) not at all. */
export type Connection = 'connecting' | 'live' | 'polling' | 'offline';

/** The traffic of the last minutes, and how it arrives. */
export interface LiveTraffic {
  connection: Connection;
  points: Point[];
  /** The latest message of the stream: version, instances, what is wrong. */
  update?: Update;
  error?: ApiError;
}

type Event =
  | { kind: 'restarted' }
  | { kind: 'connected'; connected: boolean }
  | { kind: 'update'; update: Update }
  | { kind: 'points'; points: Point[] }
  | { kind: 'failed'; error: ApiError };

const reducer =
  (windowSeconds: number) =>
  (state: LiveTraffic, event: Event): LiveTraffic => {
    switch (event.kind) {
      case 'restarted':
        return { connection: 'connecting', points: [], update: state.update };
      case 'connected':
        if (event.connected) {
          return { ...state, connection: 'live' };
        }
        return state.connection === 'live' ? { ...state, connection: 'connecting' } : state;
      case 'update':
        return {
          ...state,
          connection: 'live',
          error: event.update.error ? (state.error ?? new ApiError(503, event.update.error)) : undefined,
          update: event.update,
          points: event.update.point ? appendPoints(state.points, [event.update.point], windowSeconds) : state.points,
        };
      case 'points':
        return {
          ...state,
          connection: state.connection === 'live' ? 'live' : 'polling',
          error: undefined,
          points: appendPoints(state.points, event.points, windowSeconds),
        };
      case 'failed':
        return { ...state, error: event.error, connection: state.connection === 'live' ? 'live' : 'offline' };
    }
  };

/**
 * Follows the traffic of the fleet: loads the last minutes, then listens to the live stream; asks every few seconds while
 * that is not connected. What was missed during a disconnection is loaded again. The stream has the whole fleet: the points
 * of one gateway are asked for, once a second.
 */
export function useLiveTraffic(windowSeconds = WINDOW_SECONDS, gateway = ''): LiveTraffic {
  const reduce = useMemo(() => reducer(windowSeconds), [windowSeconds]);
  const [state, dispatch] = useReducer(reduce, { connection: 'connecting', points: [] });

  useEffect(() => {
    const controller = new AbortController();
    const interval = gateway ? GATEWAY_INTERVAL : POLL_INTERVAL;
    let pushed = false;
    dispatch({ kind: 'restarted' });

    const load = (seconds: number) => {
      // Whole seconds only: one that is still being counted would be drawn as a fall to zero.
      const to = new Date(Math.floor(Date.now() / 1000 - SETTLE_SECONDS) * 1000);
      getTraffic(new Date(to.getTime() - seconds * 1000), to, 1, controller.signal, gateway).then(
        (points) => !controller.signal.aborted && dispatch({ kind: 'points', points }),
        (thrown) => !controller.signal.aborted && dispatch({ kind: 'failed', error: toApiError(thrown) })
      );
    };

    load(windowSeconds);
    const stream = liveUpdates().subscribe({
      next: (event) => {
        if ('update' in event) {
          pushed = true;
          const { point: _, ...rest } = event.update;
          dispatch({ kind: 'update', update: gateway ? rest : event.update });
          return;
        }
        if (event.connected && !pushed) {
          load(windowSeconds);
        }
        pushed = event.connected;
        dispatch({ kind: 'connected', connected: event.connected });
      },
      complete: () => {
        pushed = false;
        dispatch({ kind: 'connected', connected: false });
      },
    });
    const poll = setInterval(() => {
      if (!pushed || gateway) {
        // A little more than the interval, so that late intervals of collectors are in.
        load(Math.max(5, (2 * interval) / 1000));
      }
    }, interval);

    return () => {
      controller.abort();
      stream.unsubscribe();
      clearInterval(poll);
    };
  }, [windowSeconds, gateway]);

  return state;
}
