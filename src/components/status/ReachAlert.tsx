import React from 'react';
import { Alert } from '@grafana/ui';

import type { Reach } from '../../types/scenario';
import { count } from '../../types/sentence';

interface Props {
  reach: Reach;
  testId: string;
  bottomSpacing?: number;
}

/** Says how far a stop has reached that the fleet is not told of yet. */
export function ReachAlert({ reach, testId, bottomSpacing }: Props) {
  const collectors = reach.collectors ?? [];
  const missed = collectors.filter(({ reached }) => !reached);
  return (
    <div data-testid={testId}>
      <Alert severity="warning" title={reachTitle(reach)} bottomSpacing={bottomSpacing}>
        {reach.detail && <div>{reach.detail}</div>}
        {!reach.durable && <div>A restart of the collector forgets it.</div>}
        {missed.map(({ url, detail }) => (
          <div key={url}>
            Not reached: {url}
            {detail && `: ${detail}`}
          </div>
        ))}
      </Alert>
    </div>
  );
}

/** How far it has reached, in one line. */
export function reachTitle({ collectors = [] }: Reach): string {
  const reached = collectors.filter((collector) => collector.reached).length;
  const where = collectors.length === 0 ? 'This collector' : count(reached, 'collector');
  return `${where} only: the fleet is told when the database is back`;
}
