import { isOff, withDefaults } from './behavior';
import { faultsSentence } from './faultWords';
import { milliseconds, percent } from './figureWords';
import type { Behavior, Rule, Target } from './scenario';
import { capital, list } from './sentence';

/** What a rule does in one sentence: "10 % of GET /users/** by mobile-app answer 503". Faults are told as room allows. */
export function ruleSentence(rule: Rule, room = 2): string {
  if (rule.exclude) {
    return `${subjectOf(rule.target)} ${plural(rule.target) ? 'are' : 'is'} left unharmed`;
  }
  const behavior = withDefaults(rule);
  if (behavior.faults?.length) {
    // Faults say themselves what they do to which part: "GET /users/**: delays requests by 200 ms".
    const own = isOff(behavior) ? '' : `${ruleSentence({ ...rule, ...behavior, faults: undefined })}; also `;
    return `${own || `${subjectOf(rule.target)}: `}${faultsSentence(behavior.faults, room)}`;
  }
  const { share } = rule.target;
  // One percentage reads best in front; two would be taken for each other.
  if (behavior.mode === 'error' && share === undefined && behavior.error_rate !== 1) {
    return `${percent(behavior.error_rate)} of ${trafficOf(rule.target)} answer ${codes(behavior)}`;
  }
  return `${subjectOf(rule.target)} ${verbOf(behavior, plural(rule.target))}`;
}

/** The traffic that a target is about, with its share: "20 % of GET /users/** by mobile-app". */
export function subjectOf(target: Target): string {
  const traffic = trafficOf(target);
  if (target.share === undefined) {
    return isEverything(target) ? 'All traffic' : capital(traffic);
  }
  return target.share_by === 'consumer'
    ? `${capital(traffic)} of ${percent(target.share)} of the consumers`
    : `${percent(target.share)} of ${isEverything(target) ? 'all traffic' : traffic}`;
}

/** Whether a target has no condition but a share. */
export function isEverything({ share: _, share_by: __, ...conditions }: Target): boolean {
  return Object.values(conditions).every(
    (value) => value === undefined || value === '' || (typeof value === 'object' && Object.keys(value).length === 0)
  );
}

const kinds: Record<string, string> = {
  http: 'HTTP requests',
  grpc: 'gRPC calls',
  websocket: 'WebSocket connections',
  graphql: 'GraphQL operations',
};

function trafficOf(target: Target): string {
  const methods = target.methods?.length ? list(target.methods, 'or') : '';
  const parts = [];
  if (target.operation) {
    const kind = target.protocol ? kinds[target.protocol] : 'calls';
    parts.push(`${methods ? `${methods} ` : ''}${kind} of ${target.operation}`);
    if (target.path) {
      parts.push(`to ${target.path}`);
    }
  } else if (methods && target.path && (!target.protocol || target.protocol === 'http')) {
    parts.push(`${methods} ${target.path}`);
  } else {
    const kind = (target.protocol && kinds[target.protocol]) || 'requests';
    parts.push(methods ? `${methods} ${kind}` : kind);
    if (target.path) {
      parts.push(`to ${target.path}`);
    }
  }
  if (target.consumer) {
    parts.push(`by ${target.consumer}`);
  }
  if (target.gateway) {
    parts.push(`through ${target.gateway}`);
  }
  const conditions = [
    ...Object.entries(target.headers ?? {}).map(([name, value]) => condition('header', name, value)),
    ...Object.entries(target.query ?? {}).map(([name, value]) => condition('query', name, value)),
  ];
  if (conditions.length) {
    parts.push(`with ${list(conditions, 'and')}`);
  }
  return parts.join(' ');
}

const condition = (kind: string, name: string, value: string) =>
  value === '*' ? `any ${kind} ${name}` : `${kind} ${name}=${value}`;

/** "GET /users/**" and "all traffic" are one thing; everything else is many. */
function plural(target: Target): boolean {
  if (isEverything(target)) {
    return false;
  }
  return !(
    target.methods?.length === 1 &&
    target.path &&
    target.share === undefined &&
    !target.operation &&
    (!target.protocol || target.protocol === 'http')
  );
}

function verbOf(behavior: Behavior, many: boolean): string {
  const verb = (stem: string) => (many ? stem : stem === 'pass' ? 'passes' : `${stem}s`);
  switch (behavior.mode) {
    case 'healthy':
      return `${verb('pass')} as ${many ? 'they are' : 'it is'}`;
    case 'degraded': {
      const slow = `${verb('take')} ${behavior.latency_multiplier} times as long`;
      return behavior.error_rate
        ? `${slow}, and ${percent(behavior.error_rate)} of them answer ${codes(behavior)}`
        : slow;
    }
    case 'error':
      return behavior.error_rate === 1
        ? `${verb('answer')} ${codes(behavior)}`
        : `${verb('answer')} ${codes(behavior)} in ${percent(behavior.error_rate)} of the cases`;
    case 'chaos': {
      const parts = [
        behavior.random_errors && behavior.error_rate && `${percent(behavior.error_rate)} errors`,
        behavior.timeout_rate && `${percent(behavior.timeout_rate)} timeouts`,
        behavior.random_slowdowns &&
          behavior.spike_probability &&
          `${percent(behavior.spike_probability)} spikes up to ${milliseconds(behavior.latency_max_ms)}`,
      ].filter((part): part is string => Boolean(part));
      return `${verb('meet')} chaos: ${parts.length ? list(parts, 'and') : 'nothing, as it is set'}`;
    }
  }
}

const codes = (behavior: Behavior) => list((behavior.status_codes ?? []).map(String), 'or');
