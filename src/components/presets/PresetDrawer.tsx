import { css } from '@emotion/css';
import React, { useState } from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import {
  Alert,
  Button,
  Drawer,
  Field,
  InlineSwitch,
  Input,
  RadioButtonGroup,
  Stack,
  TextArea,
  useStyles2,
} from '@grafana/ui';

import type { ApiError } from '../../api/ApiError';
import type { PresetInput } from '../../api/presets';
import { validateBehavior, validateRange, withDefaults } from '../../types/behavior';
import { definitionOf, validatePresetName, validateRules } from '../../types/presetForm';
import { MODES, type Behavior, type Latency } from '../../types/scenario';
import { closeListFirst } from '../closeListFirst';
import { FieldContent } from '../FieldContent';
import { modeLooks } from '../modes/modeLook';
import { BehaviorForm } from '../parameters/BehaviorForm';
import { ExpectedEffect } from '../parameters/ExpectedEffect';
import { LatencyBounds } from '../parameters/LatencyBounds';
import type { Suggestions } from '../rules/suggestions';
import { testIds } from '../testIds';
import { PresetRules } from './PresetRules';

/** A preset in the editor. One that is new has a name to choose; one that exists keeps its own. */
export interface EditedPreset {
  preset: PresetInput;
  isNew: boolean;
}

interface Props {
  edited: EditedPreset;
  /** Names that are not free. */
  taken: readonly string[];
  suggestions: Suggestions;
  /** Latencies of unharmed traffic, by BOUNDS, to estimate from. */
  baseline: readonly number[];
  failure?: ApiError;
  busy: boolean;
  onSave: (preset: PresetInput) => void;
  onClose: () => void;
}

/** Edits a preset whole: name, description, mode with its parameters and faults, added latency, rules. */
export function PresetDrawer({ edited, taken, suggestions, baseline, failure, busy, onSave, onClose }: Props) {
  const styles = useStyles2(getStyles);
  const [preset, setPreset] = useState(edited.preset);
  const definition = definitionOf(preset);
  const own = [
    ...(edited.isNew ? validatePresetName(preset.name, taken) : []),
    ...validateBehavior(preset),
    ...validateRules(preset.rules),
    ...(preset.latency
      ? validateRange(preset.latency.min_ms, preset.latency.max_ms, 'latency.min_ms', 'latency.max_ms')
      : []),
  ];
  const errors = [...(failure?.fields ?? []), ...own];
  const problem = (field: string) => errors.find((error) => error.field === field)?.problem;
  const set = (change: Partial<PresetInput>) => setPreset({ ...preset, ...change });
  // A mode takes only its own parameters: those of another would be refused.
  const behave = (behavior: Behavior) => {
    const { latency, rules, seed } = definition;
    setPreset({ name: preset.name, description: preset.description, ...behavior, latency, rules, seed });
  };
  const setLatency = (latency: Latency | undefined) => set({ latency });

  const save = () => {
    const description = preset.description?.trim();
    onSave({ name: preset.name, ...(description && { description }), ...definitionOf(preset) });
  };

  return (
    <Drawer
      title={edited.isNew ? 'New preset' : `Preset ${preset.name}`}
      subtitle="Applied with one click, it replaces the whole scenario: mode, added latency and rules."
      size="md"
      onClose={onClose}
    >
      <div className={styles.form} onKeyDown={closeListFirst} data-testid={testIds.presetEditor.container}>
        {failure && (
          <Alert severity="error" title="The preset was not saved" data-testid={testIds.presetEditor.failure}>
            {failure.message}
          </Alert>
        )}
        <Field
          label="Name"
          htmlFor="mockforge-preset-name"
          invalid={problem('name') ? true : undefined}
          error={problem('name')}
          noMargin
        >
          <Input
            id="mockforge-preset-name"
            value={preset.name}
            maxLength={64}
            disabled={!edited.isNew}
            onChange={(event) => set({ name: event.currentTarget.value })}
            data-testid={testIds.presetEditor.name}
          />
        </Field>
        <Field
          label="Description"
          htmlFor="mockforge-preset-description"
          invalid={problem('description') ? true : undefined}
          error={problem('description')}
          noMargin
        >
          <TextArea
            id="mockforge-preset-description"
            rows={2}
            maxLength={1000}
            value={preset.description ?? ''}
            onChange={(event) => set({ description: event.currentTarget.value })}
            data-testid={testIds.presetEditor.description}
          />
        </Field>
        <Field label="Mode" invalid={problem('mode') ? true : undefined} error={problem('mode')} noMargin>
          <FieldContent>
            <RadioButtonGroup
              fullWidth
              size="sm"
              options={MODES.map((mode) => ({ value: mode, label: modeLooks[mode].label }))}
              value={preset.mode}
              onChange={(mode) => behave(withDefaults({ mode, faults: preset.faults }))}
            />
          </FieldContent>
        </Field>
        {preset.mode !== 'healthy' && (
          <BehaviorForm behavior={withDefaults(preset)} errors={errors} onChange={behave} />
        )}
        <div>
          <InlineSwitch
            label="Added latency"
            showLabel
            transparent
            value={preset.latency !== undefined}
            onChange={(event) => setLatency(event.currentTarget.checked ? { min_ms: 100, max_ms: 300 } : undefined)}
          />
          {preset.latency && (
            <LatencyBounds
              value={preset.latency}
              error={problem('latency.min_ms') ?? problem('latency.max_ms')}
              onChange={setLatency}
            />
          )}
        </div>
        {own.length === 0 && <ExpectedEffect behavior={preset} latency={preset.latency} baseline={baseline} />}
        <PresetRules
          rules={preset.rules ?? []}
          latency={preset.latency}
          errors={errors}
          suggestions={suggestions}
          baseline={baseline}
          onChange={(rules) => set({ rules })}
        />
        <Stack direction="row" gap={1}>
          <Button
            icon={busy ? 'spinner' : undefined}
            disabled={busy || own.length > 0}
            onClick={save}
            data-testid={testIds.presetEditor.save}
          >
            {edited.isNew ? 'Create preset' : 'Save preset'}
          </Button>
          <Button variant="secondary" fill="text" onClick={onClose}>
            Cancel
          </Button>
        </Stack>
      </div>
    </Drawer>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  form: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(2), paddingBottom: theme.spacing(2) }),
});
