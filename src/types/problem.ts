/** One wrong field of an input, as pkg/validation reports it. */
export interface FieldError {
  field: string;
  problem: string;
}

/** A problem document of RFC 9457, as the control API answers with. */
export interface Problem {
  type?: string;
  title?: string;
  status?: number;
  detail?: string;
  field?: string;
  /** Tells apart what has the same status, such as "not_configured". */
  code?: string;
  errors?: FieldError[];
}
