import { isOff, withDefaults } from './behavior';
import { canonical } from './canonical';
import type { Fault } from './fault';
import { faultSentence } from './faultWords';
import { milliseconds, percent } from './figureWords';
import { ruleSentence } from './ruleWords';
import type { Behavior, Definition, Rule } from './scenario';

/** One thing that is different between two scenarios. Absent before is added, absent after removed. */
export interface Difference {
  what: string;
  before?: string;
  after?: string;
}

const labels: Array<[keyof Behavior, string, (value: never) => string]> = [
  ['latency_multiplier', 'Latency multiplier', (value: number) => `× ${value}`],
  ['error_rate', 'Error rate', percent],
  ['status_codes', 'Status codes', (value: number[]) => value.join(', ')],
  ['timeout_rate', 'Timeout rate', percent],
  ['timeout_ms', 'Timeout after', milliseconds],
  ['spike_probability', 'Spike probability', percent],
  ['latency_min_ms', 'Spike latency from', milliseconds],
  ['latency_max_ms', 'Spike latency to', milliseconds],
  ['random_errors', 'Random errors', onOrOff],
  ['random_slowdowns', 'Random slowdowns', onOrOff],
];

/** What a change changed: mode and parameters, faults, added latency, rules by name, seed. */
export function differences(before: Definition, after: Definition): Difference[] {
  return [
    ...behaviorDifferences(before, after),
    ...faultDifferences(before.faults ?? [], after.faults ?? []),
    ...different('Added latency', latency(before), latency(after)),
    ...ruleDifferences(before.rules ?? [], after.rules ?? []),
    ...different('Seed', text(before.seed), text(after.seed)),
  ];
}

function behaviorDifferences(before: Behavior, after: Behavior): Difference[] {
  const [one, other] = [withDefaults(before), withDefaults(after)];
  return [
    ...different('Mode', one.mode, other.mode),
    ...labels.flatMap(([field, label, format]) => {
      const show = (behavior: Behavior) =>
        behavior[field] === undefined || (behavior.faults && isOff(behavior))
          ? undefined
          : format(behavior[field] as never);
      return different(label, show(one), show(other));
    }),
  ];
}

/** Faults have no name: one that is there before and after is the same, whatever its place; the others came or went. */
function faultDifferences(before: readonly Fault[], after: readonly Fault[]): Difference[] {
  const left = after.map(canonical);
  const gone = before.filter((fault) => {
    const at = left.indexOf(canonical(fault));
    left.splice(at, at < 0 ? 0 : 1);
    return at < 0;
  });
  const come = after.filter((fault) => {
    const at = left.indexOf(canonical(fault));
    left.splice(at, at < 0 ? 0 : 1);
    return at >= 0;
  });
  const found = Array.from({ length: Math.max(gone.length, come.length) }, (_, i) => ({
    what: 'Fault',
    before: gone[i] && faultSentence(gone[i]),
    after: come[i] && faultSentence(come[i]),
  }));
  const moved = found.length === 0 && canonical(before) !== canonical(after);
  return moved ? [{ what: 'Order of faults', before: 'another', after: after.map(faultSentence).join('; ') }] : found;
}

function ruleDifferences(before: readonly Rule[], after: readonly Rule[]): Difference[] {
  const found: Difference[] = [];
  for (const rule of before) {
    const now = after.find(({ name }) => name === rule.name);
    const [was, is] = [describe(rule), now && describe(now)];
    // Not all that a rule does is in its sentence, such as the body of an answer.
    const more = was === is && canonical(rule) !== canonical(now) ? `${is}, with other details` : is;
    found.push(...different(`Rule ${rule.name}`, was, more));
  }
  for (const rule of after) {
    if (!before.some(({ name }) => name === rule.name)) {
      found.push({ what: `Rule ${rule.name}`, after: describe(rule) });
    }
  }
  const common = (rules: readonly Rule[], others: readonly Rule[]) =>
    rules.filter(({ name }) => others.some((other) => other.name === name)).map(({ name }) => name);
  return [...found, ...different('Order of rules', common(before, after).join(', '), common(after, before).join(', '))];
}

const describe = (rule: Rule) => `${rule.disabled ? 'Off: ' : ''}${ruleSentence(rule, Infinity)}`;

function different(what: string, before?: string, after?: string): Difference[] {
  return before === after ? [] : [{ what, before, after }];
}

function latency({ latency: added }: Definition): string | undefined {
  return added && `${added.min_ms} to ${added.max_ms} ms`;
}

function text(value: number | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}

function onOrOff(value: boolean): string {
  return value ? 'on' : 'off';
}
