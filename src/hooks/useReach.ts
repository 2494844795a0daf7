import { useCallback, useState } from 'react';

import type { Reach, Scenario } from '../types/scenario';

/**
 * How far the last change has reached, until the fleet has a later version: while the database is away, or cannot be
 * written, what it says is older than what was stopped.
 */
export function useReach(known?: number): { reach?: Reach; answered: (scenario: Scenario) => void } {
  const [last, setLast] = useState<{ reach: Reach; version: number }>();
  const answered = useCallback(
    ({ reach, version }: Scenario) => setLast(reach?.fleet === 'pending' ? { reach, version } : undefined),
    []
  );
  const told = last !== undefined && known !== undefined && known > last.version;
  return { reach: told ? undefined : last?.reach, answered };
}
