import React from 'react';
import { Alert } from '@grafana/ui';

import { testIds } from '../testIds';

interface Props {
  /** What is not there: "Headers and body". */
  what: string;
}

/** Says that contents are there, but not for this user. */
export function Withheld({ what }: Props) {
  return (
    <Alert
      severity="info"
      title="Your role may not read bodies, headers and messages"
      data-testid={testIds.recording.withheld}
    >
      {what} An admin can change that on the configuration page of the app.
    </Alert>
  );
}
