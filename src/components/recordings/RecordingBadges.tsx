import React from 'react';
import { Badge } from '@grafana/ui';

import { isInjected, type Recording } from '../../types/recording';
import { describeFault, outcomeOf } from '../../types/recordingWords';
import { lookOf } from '../modes/modeLook';
import { outcomeLooks } from './outcomeLook';

/** How a recording ended. */
export function OutcomeBadge({ recording }: { recording: Recording }) {
  const outcome = outcomeOf(recording);
  return <Badge text={outcome.text} color={outcomeLooks[outcome.kind].badge} tooltip={outcome.explanation} />;
}

/** The mode that was in force. */
export function ModeBadge({ mode }: { mode: string }) {
  const look = lookOf(mode);
  return <Badge text={look.label} icon={look.icon} color={look.color} />;
}

/** What was done to a recording; nothing where it is organic. */
export function FaultBadges({ recording }: { recording: Recording }) {
  if (!isInjected(recording)) {
    return null;
  }
  return (
    <>
      {(recording.faults ?? []).map((fault, i) => (
        <Badge
          key={i}
          icon="bolt"
          color="purple"
          text={fault.detail ? `${fault.kind} ${fault.detail}` : fault.kind}
          tooltip={describeFault(fault)}
        />
      ))}
    </>
  );
}
