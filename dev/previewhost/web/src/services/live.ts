import {
  LiveChannelConnectionState,
  LiveChannelEventType,
  LoadingState,
  StreamingDataFrame,
  isLiveChannelMessageEvent,
  toLiveChannelId,
  type DataFrameJSON,
  type DataQueryResponse,
  type LiveChannelAddress,
  type LiveChannelEvent,
} from '@grafana/data';
import type { GrafanaLiveSrv, LiveDataStreamOptions } from '@grafana/runtime';
import { BehaviorSubject, filter, map, Observable, ReplaySubject } from 'rxjs';

interface Notice {
  kind: 'subscribed' | 'refused' | 'message' | 'ended';
  channel: string;
  data?: unknown;
  error?: string;
}

interface Channel {
  events: ReplaySubject<LiveChannelEvent>;
  listeners: number;
}

/** The pauses before connecting again, in milliseconds. */
const firstPause = 500;
const longestPause = 10_000;

/** Grafana Live over the host's one WebSocket, which is open while anybody listens and comes back by itself. */
export class LiveSocket implements GrafanaLiveSrv {
  private readonly connected = new BehaviorSubject(false);
  private readonly channels = new Map<string, Channel>();
  private socket?: WebSocket;
  private pause = firstPause;
  private retry?: number;

  getConnectionState(): Observable<boolean> {
    return this.connected.asObservable();
  }

  getStream<T>(address: LiveChannelAddress): Observable<LiveChannelEvent<T>> {
    const id = toLiveChannelId(address);
    return new Observable<LiveChannelEvent<T>>((subscriber) => {
      const channel = this.join(id);
      const subscription = channel.events.subscribe(subscriber);
      return () => {
        subscription.unsubscribe();
        this.leave(id, channel);
      };
    });
  }

  getDataStream(options: LiveDataStreamOptions): Observable<DataQueryResponse> {
    const key = options.key ?? toLiveChannelId(options.addr);
    let frame = options.frame ? StreamingDataFrame.fromDataFrameJSON(options.frame, options.buffer) : undefined;
    return this.getStream<DataFrameJSON>(options.addr).pipe(
      filter(isLiveChannelMessageEvent),
      map(({ message }) => {
        if (frame) {
          frame.push(message as DataFrameJSON);
        } else {
          frame = StreamingDataFrame.fromDataFrameJSON(message as DataFrameJSON, options.buffer);
        }
        return { key, state: LoadingState.Streaming, data: [frame] };
      })
    );
  }

  async getPresence() {
    return { users: [] };
  }

  async publish(): Promise<unknown> {
    throw new Error('The preview host has no publishing');
  }

  private join(id: string): Channel {
    let channel = this.channels.get(id);
    if (!channel) {
      channel = { events: new ReplaySubject<LiveChannelEvent>(1), listeners: 0 };
      this.channels.set(id, channel);
      this.tell(id, channel, LiveChannelConnectionState.Pending);
      this.order('subscribe', id);
    }
    channel.listeners++;
    this.connect();
    return channel;
  }

  private leave(id: string, channel: Channel) {
    channel.listeners--;
    if (channel.listeners > 0 || this.channels.get(id) !== channel) {
      return;
    }
    this.channels.delete(id);
    this.order('unsubscribe', id);
  }

  private order(action: string, channel: string) {
    if (this.socket?.readyState === WebSocket.OPEN) {
      this.socket.send(JSON.stringify({ action, channel }));
    }
  }

  private tell(id: string, channel: Channel, state: LiveChannelConnectionState, more: { message?: unknown; error?: unknown } = {}) {
    channel.events.next({ type: LiveChannelEventType.Status, id, timestamp: Date.now(), state, ...more });
  }

  private connect() {
    if (this.socket || this.retry) {
      return;
    }
    const socket = new WebSocket(`${window.location.origin.replace(/^http/, 'ws')}/api/live/ws`);
    this.socket = socket;
    socket.onopen = () => {
      this.pause = firstPause;
      this.connected.next(true);
      for (const id of this.channels.keys()) {
        this.order('subscribe', id);
      }
    };
    socket.onmessage = (event) => this.receive(JSON.parse(event.data));
    socket.onclose = () => {
      this.socket = undefined;
      this.connected.next(false);
      for (const [id, channel] of this.channels) {
        this.tell(id, channel, LiveChannelConnectionState.Connecting, { error: 'The connection was lost' });
      }
      if (this.channels.size > 0) {
        this.retry = window.setTimeout(() => {
          this.retry = undefined;
          this.connect();
        }, this.pause);
        this.pause = Math.min(2 * this.pause, longestPause);
      }
    };
  }

  private receive(notice: Notice) {
    const channel = this.channels.get(notice.channel);
    if (!channel) {
      return;
    }
    switch (notice.kind) {
      case 'subscribed':
        return this.tell(notice.channel, channel, LiveChannelConnectionState.Connected, { message: notice.data });
      case 'refused':
        return this.tell(notice.channel, channel, LiveChannelConnectionState.Invalid, { error: notice.error });
      case 'message':
        return channel.events.next({ type: LiveChannelEventType.Message, message: notice.data });
      case 'ended':
        return this.tell(notice.channel, channel, LiveChannelConnectionState.Shutdown);
    }
  }
}
