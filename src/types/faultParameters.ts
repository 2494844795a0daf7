import type { Distribution, Fault, FaultEffect, FaultLevel, ParameterName } from './fault';
import type { FaultGroup } from './faultKinds.gen';

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
  /** The parameter that must be given, or be absent, for it to be of use. */
  with?: ParameterName;
  without?: ParameterName;
  /** The distributions that it is a parameter of; absent: it does not depend on them. */
  distributions?: readonly Distribution[];
  /** The parameter that takes its place where it is given. */
  unless?: ParameterName;
}

/** What there is to know about a kind to show and edit it. */
export interface FaultKindLook {
  label: string;
  description: string;
  group: FaultGroup;
  level: FaultLevel;
  /** What becomes of an exchange that it hits; absent where that depends on more than the fault. */
  effect?: FaultEffect;
  parameters: readonly FaultParameter[];
  /** The parameters with which a new one begins, besides the required ones. */
  initial?: Partial<Fault>;
}
