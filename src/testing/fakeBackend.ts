import { Observable, Subject, of, throwError } from 'rxjs';
import {
  LiveChannelConnectionState,
  LiveChannelEventType,
  type LiveChannelAddress,
  type LiveChannelEvent,
} from '@grafana/data';
import type { BackendSrvRequest } from '@grafana/runtime';

import { PLUGIN_ID } from '../constants';
import type { Update } from '../types/traffic';

/** One call as the backend saw it. */
export interface SeenCall {
  method: string;
  /** Below the resources of the app; whole for any other path of Grafana. */
  path: string;
  params: URLSearchParams;
  body: unknown;
}

type Answer = (call: SeenCall) => unknown;

/** An answer that is an error, with the body of a problem document. */
export class Refusal {
  constructor(
    readonly status: number,
    readonly data: unknown
  ) {}
}

/** Stands in for Grafana's backend service and Grafana Live in unit tests. */
export class FakeBackend {
  readonly calls: SeenCall[] = [];
  readonly live = new Subject<LiveChannelEvent<Update>>();
  readonly subscribed: LiveChannelAddress[] = [];
  private readonly answers = new Map<string, Answer>();

  /** Says how "PUT scenarios/mode" is answered: with a value, a Refusal, or what a function of the call gives. */
  on(route: string, answer: unknown): this {
    this.answers.set(route, typeof answer === 'function' ? (answer as Answer) : () => answer);
    return this;
  }

  /** The calls of one route so far. */
  seen(route: string): SeenCall[] {
    return this.calls.filter((call) => `${call.method} ${call.path}` === route);
  }

  readonly backendSrv = {
    fetch: (request: BackendSrvRequest): Observable<unknown> => {
      const url = new URL(request.url, 'http://grafana');
      const call: SeenCall = {
        method: request.method ?? 'GET',
        path: url.pathname.replace(`/api/plugins/${PLUGIN_ID}/resources/`, ''),
        params: url.searchParams,
        body: request.data,
      };
      this.calls.push(call);
      const answer = this.answers.get(`${call.method} ${call.path}`);
      const data = answer ? answer(call) : new Refusal(404, { detail: `nothing at ${call.method} ${call.path}` });
      if (data instanceof Refusal) {
        return throwError(() => ({ status: data.status, statusText: '', data: data.data, config: request }));
      }
      return of({ data, status: 200 });
    },
  };

  readonly liveSrv = {
    getStream: (address: LiveChannelAddress) => {
      this.subscribed.push(address);
      return this.live.asObservable();
    },
  };

  /** Connects the live stream, or cuts it. */
  connect(connected = true): void {
    this.live.next({
      type: LiveChannelEventType.Status,
      id: 'live',
      timestamp: 0,
      state: connected ? LiveChannelConnectionState.Connected : LiveChannelConnectionState.Connecting,
    });
  }

  /** Sends one message of the live stream. */
  push(update: Update): void {
    this.live.next({ type: LiveChannelEventType.Message, message: update });
  }
}
