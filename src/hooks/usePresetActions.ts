import { useCallback, useState } from 'react';

import { toApiError, type ApiError } from '../api/ApiError';
import * as presets from '../api/presets';

/** What users do to presets, besides applying them. */
export interface PresetActions {
  busy: boolean;
  /** Why the last of them was refused. */
  failure?: ApiError;
  dismiss: () => void;
  create: (preset: presets.PresetInput) => Promise<boolean>;
  update: (preset: presets.PresetInput) => Promise<boolean>;
  remove: (name: string) => Promise<boolean>;
  /** Gives what was imported, or nothing where it was refused. */
  importYaml: (yaml: string, replace: boolean) => Promise<presets.Imported | undefined>;
}

/** Changes presets, and calls onChanged (memoize it) after each change that was taken. */
export function usePresetActions(onChanged: () => void): PresetActions {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ApiError>();

  const run = useCallback(
    async <T>(action: () => Promise<T>): Promise<{ result: T } | undefined> => {
      setBusy(true);
      setFailure(undefined);
      try {
        const result = await action();
        onChanged();
        return { result };
      } catch (thrown) {
        setFailure(toApiError(thrown));
        return undefined;
      } finally {
        setBusy(false);
      }
    },
    [onChanged]
  );

  return {
    busy,
    failure,
    dismiss: useCallback(() => setFailure(undefined), []),
    create: useCallback(async (preset) => Boolean(await run(() => presets.createPreset(preset))), [run]),
    update: useCallback(async (preset) => Boolean(await run(() => presets.updatePreset(preset))), [run]),
    remove: useCallback(async (name) => Boolean(await run(() => presets.deletePreset(name))), [run]),
    importYaml: useCallback(
      async (yaml, replace) => (await run(() => presets.importPresets(yaml, replace)))?.result,
      [run]
    ),
  };
}
