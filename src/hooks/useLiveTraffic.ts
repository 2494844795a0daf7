import { useEffect, useReducer } from 'react';

import { toApiError, type ApiError } from '../api/ApiError';
import { getTraffic, liveUpdates } from '../api/traffic';
import { appendPoints } from '../types/trafficWindow';
import type { Point, Update } from '../types/traffic';

/** Seconds of traffic that are kept: five minutes to draw, and one more to compare with. */
export const WINDOW_SECONDS = 360;

/** Milliseconds between two polls while Grafana Live is not connected. */
export const POLL_INTERVAL = 5000;

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
  | { kind: 'connected'; connected: boolean }
  | { kind: 'update'; update: Update }
  | { kind: 'points'; points: Point[] }
  | { kind: 'failed'; error: ApiError };

function reduce(state: LiveTraffic, event: Event): LiveTraffic {
  switch (event.kind) {
    case 'connected':
      if (event.connected) {
        return { ...state, connection: 'live' };
      }
      return state.connection === 'live' ? { ...state, connection: 'connecting' } : state;
    case 'update':
      return {
        ...state,
        connection: 'live',
        error: undefined,
        update: event.update,
        points: event.update.point
          ? appendPoints(state.points, [event.update.point], WINDOW_SECONDS)
          : state.points,
      };
    case 'points':
      return {
        ...state,
        connection: state.connection === 'live' ? 'live' : 'polling',
        error: undefined,
        points: appendPoints(state.points, event.points, WINDOW_SECONDS),
      };
    case 'failed':
      return { ...state, error: event.error, connection: state.connection === 'live' ? 'live' : 'offline' };
  }
}

/**
 * Follows the traffic of the fleet: loads the last minutes, then listens to the live stream; asks every few seconds while
 * that is not connected. What was missed during a disconnection is loaded again.
 */
export function useLiveTraffic(): LiveTraffic {
  const [state, dispatch] = useReducer(reduce, { connection: 'connecting', points: [] });

  useEffect(() => {
    const controller = new AbortController();
    let pushed = false;

    const load = (seconds: number) => {
      const to = new Date();
      getTraffic(new Date(to.getTime() - seconds * 1000), to, 1, controller.signal).then(
        (points) => !controller.signal.aborted && dispatch({ kind: 'points', points }),
        (thrown) => !controller.signal.aborted && dispatch({ kind: 'failed', error: toApiError(thrown) })
      );
    };

    load(WINDOW_SECONDS);
    const stream = liveUpdates().subscribe({
      next: (event) => {
        if ('update' in event) {
          pushed = true;
          dispatch({ kind: 'update', update: event.update });
          return;
        }
        if (event.connected && !pushed) {
          load(WINDOW_SECONDS);
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
      if (!pushed) {
        // A little more than the interval, so that late intervals of collectors are in.
        load((2 * POLL_INTERVAL) / 1000);
      }
    }, POLL_INTERVAL);

    return () => {
      controller.abort();
      stream.unsubscribe();
      clearInterval(poll);
    };
  }, []);

  return state;
}
