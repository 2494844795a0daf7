import { MAX_DELAY_MS, distributionOf, type Distribution, type Fault, type ParameterName, type Place } from './fault';

/** One of the values that a parameter can have. */
export interface ParameterChoice {
  value: string;
  label: string;
  description?: string;
}

/** How a parameter is edited. */
export type ParameterControl =
  'number' | 'share' | 'text' | 'multiline' | 'codes' | 'choice' | 'names' | 'headers' | 'json';

/** A parameter of a kind, as a form shows it. */
export interface FaultParameter {
  name: ParameterName;
  label: string;
  /** What there is to know about it beyond the label. */
  help?: string;
  control: ParameterControl;
  unit?: string;
  /** How many of the API's units make one of the form's: 1000 where seconds are shown of milliseconds. */
  scale?: number;
  min?: number;
  max?: number;
  /** Whether it must be a whole number. */
  whole?: boolean;
  required?: boolean;
  /** What an absent one is; in words where it depends on others. */
  fallback?: string | number;
  choices?: readonly ParameterChoice[];
  /** Whether it is rarely given, and shown on request. */
  more?: boolean;
  /** What it begins with where it becomes of use. */
  initial?: unknown;
  /** Whether it is of use beside the other parameters of the fault; absent: always. */
  where?: (fault: Fault) => boolean;
  /** The parameter that takes its place where it is given. */
  unless?: ParameterName;
}

const places: Record<Place, ParameterChoice> = {
  request: { value: 'request', label: 'Request' },
  response: { value: 'response', label: 'Answer' },
  body: { value: 'body', label: 'Body' },
  message: { value: 'message', label: 'Messages' },
};

/** The part of the exchange, with a few words for each that the kind has; the first is the default. */
export function place(choices: ReadonlyArray<[Place, string]>): FaultParameter {
  return {
    name: 'at',
    label: 'Works at',
    control: 'choice',
    fallback: choices[0][0],
    choices: choices.map(([value, description]) => ({ ...places[value], description })),
  };
}

const drawnBy =
  (...distributions: Distribution[]) =>
  (fault: Fault) =>
    distributions.includes(distributionOf(fault));

const ms = { control: 'number', unit: 'ms', min: 0, max: MAX_DELAY_MS } as const;

/** The parameters by which a latency is drawn. */
export const latencyParameters: readonly FaultParameter[] = [
  {
    name: 'distribution',
    label: 'Drawn',
    control: 'choice',
    fallback: 'fixed',
    choices: [
      { value: 'fixed', label: 'Fixed', description: 'Always the same' },
      { value: 'uniform', label: 'Uniform', description: 'Anything between two bounds alike' },
      { value: 'normal', label: 'Normal', description: 'Around a mean' },
      { value: 'lognormal', label: 'Log-normal', description: 'Around a median, with a tail, as real networks have' },
      { value: 'pareto', label: 'Pareto', description: 'From a least value on, with a long tail' },
    ],
  },
  { ...ms, name: 'delay_ms', label: 'Latency', required: true, initial: 200, where: drawnBy('fixed') },
  { ...ms, name: 'min_ms', label: 'From', required: true, initial: 100, where: drawnBy('uniform') },
  { ...ms, name: 'max_ms', label: 'To', required: true, initial: 300, where: drawnBy('uniform') },
  { ...ms, name: 'delay_ms', label: 'Mean', required: true, initial: 200, where: drawnBy('normal') },
  { ...ms, name: 'deviation_ms', label: 'Standard deviation', required: true, initial: 50, where: drawnBy('normal') },
  { ...ms, name: 'min_ms', label: 'At least', fallback: 0, where: drawnBy('normal') },
  { ...ms, name: 'delay_ms', label: 'Median', required: true, min: 1, initial: 200, where: drawnBy('lognormal') },
  {
    name: 'sigma',
    label: 'Tail σ (more is longer)',
    control: 'number',
    min: 0,
    max: 10,
    fallback: 0.5,
    where: drawnBy('lognormal'),
  },
  { ...ms, name: 'delay_ms', label: 'Least', required: true, min: 1, initial: 100, where: drawnBy('pareto') },
  {
    name: 'alpha',
    label: 'Tail α (less is longer)',
    control: 'number',
    min: 0.1,
    max: 100,
    fallback: 1.5,
    where: drawnBy('pareto'),
  },
  { ...ms, name: 'max_ms', label: 'At most', fallback: 'no limit', where: drawnBy('normal', 'lognormal', 'pareto') },
];

/** The names of the gRPC statuses that an error can have. */
export const GRPC_CODES = [
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
] as const;

export const afterMessages: FaultParameter = {
  name: 'after_messages',
  label: 'After messages',
  help: 'Streams only: once so many messages were sent to the client',
  control: 'number',
  whole: true,
  min: 0,
  fallback: 'at once',
};

export const afterBytes: FaultParameter = {
  name: 'after_bytes',
  label: 'After bytes',
  help: 'Once so many bytes of the body were sent',
  control: 'number',
  unit: 'B',
  whole: true,
  min: 0,
  fallback: 'before the answer',
};

export const setHeaders: FaultParameter = { name: 'set_headers', label: 'Set headers', control: 'headers' };

/** A time that is shown in seconds. */
export const seconds = { control: 'number', unit: 's', scale: 1000, whole: true, min: 1 } as const;

export const contentType: FaultParameter = {
  name: 'content_type',
  label: 'Content type',
  control: 'text',
  fallback: 'application/json, text/plain …',
};

export const extensions: FaultParameter = {
  name: 'extensions',
  label: 'Extensions',
  help: 'A JSON object for the errors of GraphQL answers',
  control: 'json',
  fallback: '{"code": "INTERNAL"}',
};
