import { distributionOf, type Fault, type FaultKind } from './fault';
import { FAULT_GROUPS, faultKinds, type FaultGroup } from './faultKinds.gen';
import type { FaultKindLook, FaultParameter } from './faultParameters';

export { FAULT_GROUPS, faultKinds };
export type { FaultGroup, FaultKindLook };

/** The kinds in the order in which they are offered. */
export const FAULT_KINDS = Object.keys(faultKinds) as FaultKind[];

/** What recordings name as done to an exchange: the kinds, and what degraded mode does by itself. */
export const RECORDED_FAULTS: readonly string[] = [...FAULT_KINDS, 'stretch'];

/** The look of any kind; one that is not known is shown under its own name, without parameters. */
export function kindLook(kind: string): FaultKindLook {
  return kind in faultKinds
    ? faultKinds[kind as FaultKind]
    : {
        label: kind || 'Unknown',
        description: 'This version does not know it.',
        group: 'failure',
        level: 'exchange',
        parameters: [],
      };
}

/** The parameters that a form shows for a fault as it is. */
export function shownParameters(fault: Fault): FaultParameter[] {
  return kindLook(fault.kind).parameters.filter((parameter) => isOfUse(parameter, fault));
}

/** Whether a parameter is of use beside the others of the fault. */
function isOfUse({ with: needed, without, distributions }: FaultParameter, fault: Fault): boolean {
  return (
    (needed === undefined || fault[needed] !== undefined) &&
    (without === undefined || fault[without] === undefined) &&
    (distributions === undefined || distributions.includes(distributionOf(fault)))
  );
}

/** Whether another parameter has taken the place of this one. */
export function isReplaced({ unless }: FaultParameter, fault: Fault): boolean {
  return unless !== undefined && fault[unless] !== undefined;
}

/** The parameters that are of use in a fault as it is. */
export function parametersOf(fault: Fault): FaultParameter[] {
  return shownParameters(fault).filter((parameter) => !isReplaced(parameter, fault));
}
