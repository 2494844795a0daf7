import type { IconName } from '@grafana/data';
import type { ComboboxOption } from '@grafana/ui';

import type { FaultKind } from '../../types/fault';
import { FAULT_GROUPS, FAULT_KINDS, faultKinds, kindLook, type FaultGroup } from '../../types/faultKinds';

const icons: Record<FaultGroup, IconName> = {
  latency: 'clock-nine',
  failure: 'exclamation-triangle',
  connection: 'plug',
  body: 'brackets-curly',
  headers: 'list-ul',
  streams: 'comments-alt',
  limits: 'tachometer-fast',
};

/** The icon of a kind, that of its group. */
export function faultIcon(kind: string): IconName {
  return icons[kindLook(kind).group];
}

/** The kinds as options, grouped. */
export const kindOptions: Array<ComboboxOption<FaultKind>> = FAULT_KINDS.map((kind) => ({
  value: kind,
  label: faultKinds[kind].label,
  description: faultKinds[kind].description,
  group: FAULT_GROUPS[faultKinds[kind].group],
}));
