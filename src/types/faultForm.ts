import type { Fault, FaultKind, ParameterName, When } from './fault';
import { kindLook, parametersOf } from './faultKinds';
import type { FaultParameter } from './faultParameters';
import type { FieldError } from './problem';

/** A fault of a kind as it begins: what must be given has a value that does something. */
export function newFault(kind: FaultKind): Fault {
  return settled({ kind, ...kindLook(kind).initial });
}

/** The fault with a change, without what is empty and without parameters that are of no use any more. */
export function changedFault(fault: Fault, change: Partial<Fault>): Fault {
  return settled({ ...fault, ...change });
}

/** The fault as one of another kind: share and schedule stay, and every parameter that the new kind has, too. */
export function ofKind(fault: Fault, kind: FaultKind): Fault {
  const begun = newFault(kind);
  const names = kindLook(kind).parameters;
  const takes = ([name, value]: [string, unknown]) =>
    names.some(
      (parameter) =>
        parameter.name === name && (!parameter.choices || parameter.choices.some((choice) => choice.value === value))
    );
  return settled({
    ...begun,
    ...Object.fromEntries(Object.entries(fault).filter(takes)),
    ...(fault.share !== undefined && { share: fault.share }),
    ...(fault.when && { when: fault.when }),
    kind,
  });
}

/** The schedule with a change; nothing where it says nothing any more. */
export function changedWhen(when: When | undefined, change: Partial<When>): When | undefined {
  const next: When = { ...when, ...change };
  const counts = next.every !== undefined || next.first !== undefined || next.burst_of !== undefined;
  const given = Object.entries(next).filter(
    ([name, value]) => value !== undefined && (name !== 'per' || (counts && value !== 'all'))
  );
  return given.length ? Object.fromEntries(given) : undefined;
}

// Parameters come and go with others, such as those of distributions: what comes begins with a value, what goes is dropped.
function settled(fault: Fault): Fault {
  const used = parametersOf(fault);
  const values: Partial<Record<ParameterName, unknown>> = {};
  for (const { name } of used) {
    values[name] = fault[name];
  }
  for (const { name, required, initial } of used) {
    // One that is being typed is absent for a moment: only where the key was never there it begins anew.
    if (required && !(name in fault)) {
      values[name] = initial;
    }
  }
  const { kind, share, when } = fault;
  return {
    kind,
    ...(share !== undefined && share !== 1 && { share }),
    ...(when && { when }),
    ...Object.fromEntries(Object.entries(values).filter(([name, value]) => !isEmpty(value) || keeps(name, fault))),
  };
}

const keeps = (name: string, fault: Fault) =>
  name in fault && fault[name as ParameterName] === undefined && isRequired(name, fault);

const isRequired = (name: string, fault: Fault) =>
  parametersOf(fault).some((parameter) => parameter.name === name && parameter.required);

function isEmpty(value: unknown): boolean {
  return value === undefined || value === '' || (typeof value === 'object' && Object.keys(value ?? {}).length === 0);
}

/** What is wrong with faults, by the rules of pkg/scenario; the backend checks again. Fields are those of a behavior. */
export function validateFaults(faults: readonly Fault[] = []): FieldError[] {
  return faults.flatMap((fault, i) =>
    validateFault(fault).map(({ field, problem }) => ({ field: `faults[${i}].${field}`, problem }))
  );
}

/** What is wrong with one fault, by the names that its own fields have. */
export function validateFault(fault: Fault): FieldError[] {
  const errors = parametersOf(fault).flatMap((parameter): FieldError[] => {
    const problem = problemOf(parameter, fault[parameter.name]);
    return problem ? [{ field: parameter.name, problem }] : [];
  });
  if (fault.share !== undefined && !(fault.share >= 0 && fault.share <= 1)) {
    errors.push({ field: 'share', problem: 'must be between 0 and 100 %' });
  }
  if (errors.length === 0) {
    errors.push(...validateTogether(fault));
  }
  return [...errors, ...validateWhen(fault.when).map(({ field, problem }) => ({ field: `when.${field}`, problem }))];
}

function problemOf(
  { required, control, min, max, whole, unit, scale = 1 }: FaultParameter,
  value: unknown
): string | undefined {
  if (isEmpty(value)) {
    return required ? 'is required' : undefined;
  }
  if (control === 'share') {
    return typeof value === 'number' && value >= 0 && value <= 1 ? undefined : 'must be between 0 and 100 %';
  }
  if (control === 'codes') {
    // Those below 200 would not end the exchange.
    return (value as number[]).every((code) => Number.isInteger(code) && code >= 200 && code <= 599)
      ? undefined
      : 'must be between 200 and 599';
  }
  if (control === 'json') {
    return typeof value === 'object' ? undefined : 'must be JSON';
  }
  if (control !== 'number') {
    return undefined;
  }
  const number = Number(value);
  if (!Number.isFinite(number) || (min !== undefined && number < min) || (max !== undefined && number > max)) {
    const words = unit ? ` ${unit}` : '';
    const least = `${(min ?? 0) / scale}`;
    return max === undefined
      ? `must be at least ${least}${words}`
      : `must be between ${least} and ${max / scale}${words}`;
  }
  return whole && !Number.isInteger(number) ? 'must be a whole number' : undefined;
}

function validateTogether(fault: Fault): FieldError[] {
  const { kind, delay_ms, min_ms, max_ms } = fault;
  if (kind === 'latency' && max_ms !== undefined) {
    const least = Math.max(delay_ms ?? 0, min_ms ?? 0);
    if (max_ms < least) {
      return [{ field: 'max_ms', problem: `must be at least ${least}` }];
    }
  }
  if (kind === 'patch' && isEmpty(fault.patch) && isEmpty(fault.null_paths)) {
    return [{ field: 'patch', problem: 'is required where no GraphQL field becomes null' }];
  }
  if (kind === 'headers' && isEmpty(fault.set_headers) && isEmpty(fault.remove_headers)) {
    return [{ field: 'set_headers', problem: 'is required where no header is removed' }];
  }
  return [];
}

function validateWhen(when: When = {}): FieldError[] {
  // One that is there without a value was emptied.
  const counts = (['every', 'first', 'burst_length', 'burst_of', 'window_on_ms', 'window_of_ms', 'ramp_ms'] as const)
    .filter((name) => name in when && !(Number.isInteger(when[name]) && Number(when[name]) >= 1))
    .map((field) => ({
      field,
      problem: when[field] === undefined ? 'is required' : 'must be a whole number of at least 1',
    }));
  if (counts.length) {
    return counts;
  }
  const pairs = (
    [
      ['burst_length', 'burst_of'],
      ['window_on_ms', 'window_of_ms'],
    ] as const
  ).flatMap(([part, whole]) => {
    const [a, b] = [when[part], when[whole]];
    if ((a === undefined) !== (b === undefined)) {
      return [{ field: a === undefined ? part : whole, problem: 'is required' }];
    }
    return a !== undefined && b !== undefined && a > b
      ? [{ field: part, problem: `must be at most ${b}, of which it is a part` }]
      : [];
  });
  return pairs;
}

/** Those of the errors that are about the fault at index, by the names that its own fields have. */
export function errorsOfFault(errors: readonly FieldError[], index: number): FieldError[] {
  const place = `faults[${index}]`;
  return errors
    .filter(({ field }) => field === place || field.startsWith(`${place}.`))
    .map(({ field, problem }) => ({ field: field.slice(place.length + 1), problem }));
}
