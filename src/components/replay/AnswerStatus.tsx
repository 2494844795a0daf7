import React from 'react';
import { Badge } from '@grafana/ui';

import { outcomeOf, type Ending } from '../../types/recordingWords';
import { outcomeLooks } from '../recordings/outcomeLook';

/** How an answer ended, in the terms of its protocol. */
export function AnswerStatus({ ending }: { ending: Ending }) {
  const outcome = outcomeOf(ending);
  return (
    <Badge
      text={outcome.kind === 'none' ? ending.failure || outcome.text : outcome.text}
      color={outcomeLooks[outcome.kind].badge}
      tooltip={ending.failure ?? outcome.explanation}
    />
  );
}
