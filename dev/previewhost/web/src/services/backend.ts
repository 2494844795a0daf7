import { AppEvents } from '@grafana/data';
import { getAppEvents, type BackendSrvRequest, type FetchError, type FetchResponse } from '@grafana/runtime';
import { lastValueFrom, Observable } from 'rxjs';

/** How long an error waits for its caller to mark it as handled before it is shown, in milliseconds. */
const handledWithin = 50;

/** Grafana's BackendSrv over the browser's fetch. */
export class FetchBackend {
  private readonly cancellers = new Map<string, () => void>();

  get<T>(url: string, params?: Record<string, unknown>, requestId?: string, options?: Partial<BackendSrvRequest>) {
    return this.request<T>({ ...options, method: 'GET', url, params, requestId });
  }

  delete<T>(url: string, data?: unknown, options?: Partial<BackendSrvRequest>) {
    return this.request<T>({ ...options, method: 'DELETE', url, data });
  }

  post<T>(url: string, data?: unknown, options?: Partial<BackendSrvRequest>) {
    return this.request<T>({ ...options, method: 'POST', url, data });
  }

  patch<T>(url: string, data?: unknown, options?: Partial<BackendSrvRequest>) {
    return this.request<T>({ ...options, method: 'PATCH', url, data });
  }

  put<T>(url: string, data?: unknown, options?: Partial<BackendSrvRequest>) {
    return this.request<T>({ ...options, method: 'PUT', url, data });
  }

  async request<T>(options: BackendSrvRequest): Promise<T> {
    return (await lastValueFrom(this.fetch<T>(options))).data;
  }

  datasourceRequest<T>(options: BackendSrvRequest) {
    return lastValueFrom(this.fetch<T>(options));
  }

  fetch<T>(options: BackendSrvRequest): Observable<FetchResponse<T>> {
    return this.call(options, async (response, emit) => {
      const data = await readBody(response, options.responseType);
      if (!response.ok) {
        throw failure(response.status, response.statusText, data, options);
      }
      const message = (data as { message?: string } | undefined)?.message;
      const showSuccess = options.showSuccessAlert ?? (options.method ?? 'GET') !== 'GET';
      if (showSuccess && message) {
        getAppEvents().publish({ type: AppEvents.alertSuccess.name, payload: [message] });
      }
      emit({ ...parts(response, options), data: data as T });
    });
  }

  chunked(options: BackendSrvRequest): Observable<FetchResponse<Uint8Array | undefined>> {
    return this.call(options, async (response, emit) => {
      const head = parts(response, options);
      const reader = response.body?.getReader();
      for (;;) {
        const part = await reader?.read();
        emit({ ...head, data: part?.value });
        if (!part || part.done) {
          return;
        }
      }
    });
  }

  resolveCancelerIfExists(requestId: string) {
    this.cancellers.get(requestId)?.();
  }

  private call<R>(options: BackendSrvRequest, read: (response: Response, emit: (value: R) => void) => Promise<void>): Observable<R> {
    return new Observable<R>((subscriber) => {
      const abort = new AbortController();
      const cancel = () => abort.abort();
      options.abortSignal?.addEventListener('abort', cancel);
      if (options.requestId) {
        // As in Grafana: a request replaces the one before it with the same id.
        this.cancellers.get(options.requestId)?.();
        this.cancellers.set(options.requestId, cancel);
      }
      void (async () => {
        try {
          const response = await window.fetch(address(options), { ...init(options), signal: abort.signal });
          await read(response, (value) => subscriber.next(value));
          subscriber.complete();
        } catch (err) {
          const reported = isFailure(err) ? err : failure(0, '', { message: abort.signal.aborted ? 'Request was aborted' : String(err) }, options);
          if (abort.signal.aborted) {
            reported.cancelled = true;
            reported.statusText = 'Request was aborted';
            reported.status = -1;
          } else {
            show(reported, options);
          }
          subscriber.error(reported);
        } finally {
          options.abortSignal?.removeEventListener('abort', cancel);
          if (options.requestId && this.cancellers.get(options.requestId) === cancel) {
            this.cancellers.delete(options.requestId);
          }
        }
      })();
      return cancel;
    });
  }
}

function address(options: BackendSrvRequest) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(options.params ?? {})) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null) {
        query.append(name, String(one));
      }
    }
  }
  const path = /^(https?:)?\//.test(options.url) ? options.url : `/${options.url}`;
  const text = query.toString();
  return text ? `${path}${path.includes('?') ? '&' : '?'}${text}` : path;
}

function init(options: BackendSrvRequest): RequestInit {
  const headers = new Headers({ Accept: 'application/json, text/plain, */*', 'X-Grafana-Org-Id': '1', ...options.headers });
  const { data } = options;
  let body: BodyInit | undefined;
  if (data !== undefined && data !== null) {
    if (typeof data === 'string' || data instanceof Blob || data instanceof FormData || data instanceof URLSearchParams) {
      body = data;
    } else {
      body = JSON.stringify(data);
    }
    if (!headers.has('Content-Type') && !(data instanceof FormData)) {
      headers.set('Content-Type', 'application/json');
    }
  }
  return { method: options.method ?? 'GET', headers, body, credentials: options.credentials ?? 'same-origin' };
}

async function readBody(response: Response, type: BackendSrvRequest['responseType']): Promise<unknown> {
  switch (type) {
    case 'arraybuffer':
      return response.arrayBuffer();
    case 'blob':
      return response.blob();
    case 'text':
      return response.text();
    default: {
      const text = await response.text();
      try {
        return text === '' ? undefined : JSON.parse(text);
      } catch {
        return text;
      }
    }
  }
}

function parts(response: Response, config: BackendSrvRequest) {
  const { status, statusText, ok, headers, redirected, type, url } = response;
  return { status, statusText, ok, headers, redirected, type, url, config };
}

function failure(status: number, statusText: string, data: unknown, config: BackendSrvRequest): FetchError {
  const document = typeof data === 'object' && data !== null ? data : { message: data ? String(data) : statusText };
  return { status, statusText, data: { message: statusText || 'Unexpected error', ...document }, config };
}

function isFailure(err: unknown): err is FetchError {
  return typeof err === 'object' && err !== null && 'config' in err && 'status' in err;
}

/** Shows an error unless the caller did, or asked not to. */
function show(err: FetchError, options: BackendSrvRequest) {
  if (options.showErrorAlert === false) {
    return;
  }
  window.setTimeout(() => {
    if (!err.isHandled) {
      const kind = err.status >= 500 || err.status === 0 ? AppEvents.alertError : AppEvents.alertWarning;
      getAppEvents().publish({ type: kind.name, payload: [err.data.message] });
    }
  }, handledWithin);
}
