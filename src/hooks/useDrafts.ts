import { useCallback, useMemo, useState } from 'react';

import { withDefaults } from '../types/behavior';
import type { Behavior, Mode } from '../types/scenario';

/** The parameters of each mode as they would be applied: edited, else in force, else of the chaos configuration, else the defaults. */
export interface Drafts {
  drafts: Record<Mode, Behavior>;
  edit: (draft: Behavior) => void;
  /** Gives up what was edited in a mode. Where nothing was, or only what is in force, returns it to its defaults. */
  reset: (mode: Mode) => void;
  /** Forgets edits after they were applied. */
  applied: (mode: Mode) => void;
}

export function useDrafts(inForce?: Behavior, chaos?: Behavior): Drafts {
  const [edits, setEdits] = useState<Partial<Record<Mode, Behavior>>>({});
  const drafts = useMemo(() => {
    const of = (mode: Mode): Behavior =>
      withDefaults(
        edits[mode] ??
          (inForce?.mode === mode ? inForce : undefined) ??
          (mode === 'chaos' && chaos ? { ...chaos, mode } : { mode })
      );
    return { healthy: of('healthy'), degraded: of('degraded'), error: of('error'), chaos: of('chaos') };
  }, [edits, inForce, chaos]);

  const edit = useCallback((draft: Behavior) => setEdits((before) => ({ ...before, [draft.mode]: draft })), []);
  const applied = useCallback((mode: Mode) => setEdits((before) => ({ ...before, [mode]: undefined })), []);
  const reset = useCallback(
    (mode: Mode) =>
      setEdits((before) => ({
        ...before,
        [mode]: before[mode] && inForce?.mode === mode ? undefined : withDefaults({ mode }),
      })),
    [inForce]
  );
  return { drafts, edit, reset, applied };
}
