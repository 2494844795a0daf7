import { isFetchError } from '@grafana/runtime';

import type { FieldError, Problem } from '../types/problem';

/** What every failed call to the backend is turned into. */
export class ApiError extends Error {
  /** HTTP status; 0 where no answer came. */
  readonly status: number;
  /** The fields that are wrong, in the input's own spelling. */
  readonly fields: readonly FieldError[];
  /** Tells apart what has the same status, such as "not_configured". */
  readonly code: string;

  constructor(status: number, message: string, fields: readonly FieldError[] = [], code = '') {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.fields = fields;
    this.code = code;
  }

  /** Whether the app has neither a database nor a collector in its settings yet. */
  get notConfigured(): boolean {
    return this.code === 'not_configured';
  }

  /** The problem of one field, where it has one. */
  problemOf(field: string): string | undefined {
    return this.fields.find((error) => error.field === field || error.field.startsWith(`${field}[`))?.problem;
  }
}

const explanations: Record<number, string> = {
  0: 'The server cannot be reached. Check your connection.',
  401: 'You are signed out. Sign in again.',
  403: 'You are not allowed to do this. Ask for the Editor role.',
  404: 'Not found.',
  409: 'Someone else changed this in the meantime.',
  502: 'The backend of the app is not running. Restart Grafana, or look at its log.',
  503: 'The database or the collector cannot be reached.',
};

/** Turns whatever was thrown into an ApiError, from its problem document where it carries one. */
export function toApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) {
    return thrown;
  }
  if (!isFetchError<Problem & { message?: string }>(thrown)) {
    return new ApiError(0, thrown instanceof Error ? thrown.message : explanations[0]);
  }
  const status = thrown.status ?? 0;
  const problem = asProblem(thrown.data);
  const fields =
    problem.errors ?? (problem.field ? [{ field: problem.field, problem: problem.detail ?? problem.title ?? '' }] : []);
  const message = problem.detail || problem.message || explanations[status] || thrown.statusText || `Error ${status}`;
  return new ApiError(status, message, fields, problem.code);
}

// Proxies and middlewares in between may hand a problem document over as text, or answer with a page of their own.
function asProblem(data: unknown): Problem & { message?: string } {
  if (typeof data === 'string') {
    try {
      return asProblem(JSON.parse(data));
    } catch {
      return {};
    }
  }
  return typeof data === 'object' && data !== null ? data : {};
}
