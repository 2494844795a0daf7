import { atMessages, distributionOf, levelOf, type Fault, type Scope, type When } from './fault';
import { FAULT_KINDS, kindLook } from './faultKinds';
import { milliseconds, percent } from './figureWords';
import { bytes } from './recordingWords';
import { capital, count, list, small } from './sentence';

/** What a fault does in one sentence: "Resets 5 % of connections after 1 kB, for 10 s of every minute". */
export function faultSentence(fault: Fault): string {
  return [actionOf(fault), ...whenWords(fault.when)].join(', ');
}

/** What faults do in a few words: those that find room in sentences, how many more there are. */
export function faultsSentence(faults: readonly Fault[], room = 2): string {
  const shown = faults.length <= room ? faults : faults.slice(0, room - 1);
  const more = faults.length - shown.length;
  return [...shown.map((fault) => small(faultSentence(fault))), ...(more ? [`${more} more faults`] : [])].join('; ');
}

function actionOf(fault: Fault): string {
  // What a share is of, in front of what it is a share of.
  const some = (many: string) => (fault.share === undefined ? many : `${percent(fault.share)} of ${many}`);
  switch (fault.kind) {
    case 'latency':
      return `Delays ${some(delayed[fault.at ?? 'request'])} by ${drawn(fault)}`;
    case 'throttle':
      return `Limits ${some(fault.at === 'request' ? 'request bodies' : 'bodies')} to ${bytes(fault.bytes_per_second ?? 0)}/s`;
    case 'drip':
      return `Drips ${some('bodies')} over ${milliseconds(fault.duration_ms ?? 10_000)}`;
    case 'error':
      return errorWords(fault, some);
    case 'timeout':
      return `Holds ${some('requests')} for ${milliseconds(fault.timeout_ms ?? 30_000)}`;
    case 'reset':
      return `Resets ${some('connections')}${afterWords(fault)}`;
    case 'close':
      return `Closes ${some('connections')}${afterWords(fault) || ' without an answer'}${
        fault.close_code ? `, with code ${fault.close_code}` : ''
      }`;
    case 'refuse':
      return `Refuses ${some('new connections')}`;
    case 'truncate':
      return fault.after_bytes === undefined
        ? `Cuts ${some('bodies')} off at ${percent(fault.keep ?? 0.5)}`
        : `Cuts ${some('bodies')} off after ${bytes(fault.after_bytes)}`;
    case 'malform':
      return fault.part === 'chunk' ? `Breaks a chunk of ${some('answers')}` : `Breaks the body of ${some('answers')}`;
    case 'corrupt': {
      const changed = fault.bytes_changed ?? 1;
      const where = { request: 'requests', message: 'messages', response: 'answers', body: 'answers' };
      return `Changes ${changed === 1 ? 'a byte' : `${changed} bytes`} of ${some(where[fault.at ?? 'response'])}`;
    }
    case 'patch':
      return `Changes ${some('answers')}: ${patchWords(fault)}`;
    case 'replace':
      return `Replaces ${some('answers')} by ${fault.status ?? 200}${fault.body ? ' with a body of its own' : ''}`;
    case 'headers':
      return headerWords(fault, some(fault.at === 'request' ? 'requests' : 'answers'));
    case 'drop':
      return `Drops ${some(messagesOf(fault))}`;
    case 'duplicate':
      return `Sends ${some(messagesOf(fault))} twice`;
    case 'rate_limit':
      return `Limits ${limited[fault.per ?? 'consumer']} to ${fault.limit ?? 0} requests per ${period(
        fault.window_ms ?? 60_000
      )}${fault.share === undefined ? '' : `, for ${percent(fault.share)} of requests`}`;
    default:
      return otherWords(fault, some);
  }
}

/** A kind that has no sentence of its own, by its label; one that is not known by its name. */
function otherWords(fault: Fault, some: (many: string) => string): string {
  const known = FAULT_KINDS.includes(fault.kind);
  return known
    ? `${kindLook(fault.kind).label} of ${some(shareOf(fault))}`
    : `Does what is called ${String(fault.kind)}`;
}

const delayed = {
  request: 'requests',
  response: 'answers',
  body: 'each part of bodies',
  message: 'messages',
};

const limited: Record<Scope, string> = {
  all: 'all traffic',
  consumer: 'each consumer',
  route: 'each route',
  trace: 'each trace',
};

function drawn(fault: Fault): string {
  const most = fault.max_ms === undefined ? '' : `, at most ${milliseconds(fault.max_ms)}`;
  switch (distributionOf(fault)) {
    case 'fixed':
      return milliseconds(fault.delay_ms);
    case 'uniform':
      return `${milliseconds(fault.min_ms)} to ${milliseconds(fault.max_ms)}`;
    case 'normal':
      return `${milliseconds(fault.delay_ms)} ± ${milliseconds(fault.deviation_ms)} (normal${most})`;
    case 'lognormal':
      return `about ${milliseconds(fault.delay_ms)} (log-normal, σ ${fault.sigma ?? 0.5}${most})`;
    case 'pareto':
      return `${milliseconds(fault.delay_ms)} or more (Pareto, α ${fault.alpha ?? 1.5}${most})`;
  }
}

function errorWords(fault: Fault, some: (many: string) => string): string {
  const codes = list((fault.status_codes ?? (fault.grpc_code ? [] : [500, 502, 503])).map(String), 'or');
  const code = codes && fault.grpc_code ? `${codes} (${fault.grpc_code})` : codes || fault.grpc_code;
  const after = fault.after_messages;
  const what =
    after !== undefined
      ? `Ends ${some('streams')} with ${code} after ${messages(after)}`
      : fault.share === undefined
        ? `Answers ${code}`
        : `Answers ${some('requests')} with ${code}`;
  return fault.retry_after_s === undefined ? what : `${what}, retry after ${fault.retry_after_s} s`;
}

function patchWords({ patch: given, null_paths = [] }: Fault): string {
  // While it is typed it is text.
  const patch = Array.isArray(given) ? given : [];
  const parts = [
    patch.length === 1 && `${patch[0].op} ${patch[0].path || 'the whole'}`,
    patch.length > 1 && `${patch.length} operations`,
    null_paths.length > 0 && `null ${list(null_paths, 'and')}`,
  ];
  return parts.filter(Boolean).join(', ') || 'nothing, as it is set';
}

function headerWords({ set_headers = {}, remove_headers = [] }: Fault, of: string): string {
  const set = Object.keys(set_headers);
  const parts = [
    set.length > 0 && `sets ${list(set, 'and')}`,
    remove_headers.length > 0 && `removes ${list(remove_headers, 'and')}`,
  ].filter(Boolean);
  return capital(`${parts.join(' and ') || 'changes no header'} of ${of}`);
}

function afterWords({ after_bytes, after_messages }: Fault): string {
  if (after_messages !== undefined) {
    return ` after ${messages(after_messages)}`;
  }
  // Without any byte of the body, but with the head of the answer.
  return after_bytes === undefined ? '' : after_bytes === 0 ? ' after the headers' : ` after ${bytes(after_bytes)}`;
}

const messages = (n: number) => count(n, 'message');

const messagesOf = ({ at }: Fault) => (at === 'request' ? 'messages from clients' : 'messages to clients');

/** When a fault works: one entry for each condition, none where it always does. */
export function whenWords(when: When = {}): string[] {
  const of = when.per && when.per !== 'all' ? ` of each ${when.per}` : '';
  const { every, first, burst_length, burst_of, window_on_ms, window_of_ms, ramp_ms } = when;
  return [
    first !== undefined &&
      // What comes again in one trace is tried again.
      `for the first ${when.per === 'trace' ? count(first, 'try', 'tries') : count(first, 'request')}${of}`.replace(
        ' 1 ',
        ' '
      ),
    every !== undefined && `${every === 1 ? 'every' : `every ${ordinal(every)}`} request${of}`,
    burst_of !== undefined && `${burst_length ?? 0} in a row of every ${count(burst_of, 'request')}${of}`,
    window_of_ms !== undefined && `for ${milliseconds(window_on_ms)} of every ${period(window_of_ms)}`,
    ramp_ms !== undefined && `growing over ${milliseconds(ramp_ms)}`,
  ].filter((words): words is string => Boolean(words));
}

function ordinal(n: number): string {
  const teen = n % 100 >= 11 && n % 100 <= 13;
  return `${n}${teen ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th')}`;
}

/** A period as people name it: "minute", "10 s". */
function period(ms: number): string {
  const names: Record<number, string> = { 1000: 'second', 60_000: 'minute', 3_600_000: 'hour' };
  return names[ms] ?? milliseconds(ms);
}

/** What the share of a fault is one of. */
export function shareOf(fault: Fault): string {
  return atMessages(fault) ? 'messages' : levelOf(fault.kind) === 'connection' ? 'connections' : 'requests';
}
