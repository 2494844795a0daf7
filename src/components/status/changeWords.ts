import type { Change } from '../../types/scenario';
import { count } from '../../types/sentence';
import { lookOf } from '../modes/modeLook';

/** What a change did, in a few words. */
export function whatOf({ action, scenario }: Change): string {
  const label = lookOf(scenario.mode).label;
  switch (action) {
    case 'mode':
      return withFaults(label, scenario.faults?.length ?? 0);
    case 'chaos':
      return scenario.mode === 'chaos' ? 'Parameters of chaos' : 'Parameters of chaos for the next time';
    case 'preset':
      return `Preset ${scenario.preset || label.toLowerCase()}`;
    case 'latency':
      return scenario.latency
        ? `Latency ${scenario.latency.min_ms} to ${scenario.latency.max_ms} ms`
        : 'Latency removed';
    case 'rules':
      return scenario.rules?.length ? `Rules (${scenario.rules.length})` : 'Rules removed';
    case 'stop':
      return 'Returned to healthy';
    case 'expired':
      return 'Expired: back to healthy';
    default:
      return `${label} (${action})`;
  }
}

function withFaults(label: string, faults: number): string {
  return faults === 0 ? label : `${label} with ${count(faults, 'fault')}`;
}
