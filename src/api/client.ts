import { lastValueFrom } from 'rxjs';
import { config, getBackendSrv } from '@grafana/runtime';

import { PLUGIN_ID } from '../constants';
import { toApiError } from './ApiError';

type Parameter = string | number | boolean | undefined;

interface Params {
  [name: string]: Parameter | readonly string[] | Params;
}

/** What can be said about one call. */
export interface CallOptions {
  body?: unknown;
  /** Query parameters; lists are repeated, absent values left out, objects written as name.inner. */
  params?: Params;
  signal?: AbortSignal;
  /** Headers besides Grafana's own; the content type of a body that is not JSON. */
  headers?: Record<string, string>;
}

/**
 * Calls one of the app's own resources, such as "scenarios/mode".
 * Rejects with ApiError; shows no alert by itself, since the page that asks knows better where to say it.
 */
export async function call<T>(method: string, resource: string, options: CallOptions = {}): Promise<T> {
  return fetchFrom<T>(method, `/api/plugins/${PLUGIN_ID}/resources/${resource}${queryString(options.params)}`, options);
}

/** The address of a resource for what is not called but loaded by the browser: downloads and images. */
export function resourceUrl(resource: string, params: Params = {}): string {
  return `${config.appSubUrl ?? ''}/api/plugins/${PLUGIN_ID}/resources/${resource}${queryString(params)}`;
}

/** Calls any path of Grafana's HTTP API. Rejects with ApiError. */
export async function fetchFrom<T>(method: string, url: string, options: CallOptions = {}): Promise<T> {
  try {
    const response = await lastValueFrom(
      getBackendSrv().fetch<T>({
        url,
        method,
        data: options.body,
        ...(options.headers && { headers: options.headers }),
        abortSignal: options.signal,
        showErrorAlert: false,
        showSuccessAlert: false,
      })
    );
    return response.data;
  } catch (thrown) {
    throw toApiError(thrown);
  }
}

/** The query string of params with its question mark, or nothing. */
export function queryString(params: Params = {}): string {
  const search = new URLSearchParams();
  append(search, '', params);
  const text = search.toString();
  return text ? `?${text}` : '';
}

function append(search: URLSearchParams, prefix: string, params: Params) {
  for (const [name, value] of Object.entries(params)) {
    if (typeof value === 'object' && !isList(value)) {
      append(search, `${prefix}${name}.`, value);
      continue;
    }
    for (const one of isList(value) ? value : [value]) {
      if (one !== undefined && one !== '') {
        search.append(prefix + name, String(one));
      }
    }
  }
}

function isList(value: Params[string]): value is readonly string[] {
  return Array.isArray(value);
}
