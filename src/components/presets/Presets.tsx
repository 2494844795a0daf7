import { css, cx } from '@emotion/css';
import React, { useState } from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import {
  Alert,
  Button,
  ConfirmModal,
  Dropdown,
  Icon,
  IconButton,
  LinkButton,
  Menu,
  Tooltip,
  useStyles2,
  useTheme2,
} from '@grafana/ui';

import { presetUrl, presetsUrl } from '../../api/presets';
import type { PresetActions } from '../../hooks/usePresetActions';
import { definitionOf, describePreset } from '../../types/presetForm';
import { freeName } from '../../types/ruleList';
import type { Preset, Scenario } from '../../types/scenario';
import { lookOf, modeColor } from '../modes/modeLook';
import { Section } from '../Section';
import type { Suggestions } from '../rules/suggestions';
import { testIds } from '../testIds';
import { ImportPresets } from './ImportPresets';
import { PresetDrawer, type EditedPreset } from './PresetDrawer';

interface Props {
  presets: readonly Preset[];
  /** What "save as preset" saves. */
  scenario: Scenario;
  /** The one that was applied last. */
  active?: string;
  pending?: string;
  writable: boolean;
  actions: PresetActions;
  suggestions: Suggestions;
  /** Latencies of unharmed traffic, by BOUNDS, to estimate from. */
  baseline: readonly number[];
  onApply: (name: string) => void;
}

/** The presets: applied with one click; those of users can be changed. */
export function Presets({
  presets,
  scenario,
  active,
  pending,
  writable,
  actions,
  suggestions,
  baseline,
  onApply,
}: Props) {
  const theme = useTheme2();
  const styles = useStyles2(getStyles);
  const [edited, setEdited] = useState<EditedPreset>();
  const [importing, setImporting] = useState(false);
  const [removing, setRemoving] = useState<string>();
  const names = presets.map(({ name }) => name);
  const open = (preset: EditedPreset) => {
    actions.dismiss();
    setEdited(preset);
  };
  const close = () => {
    actions.dismiss();
    setEdited(undefined);
    setImporting(false);
  };
  const wanted = (name: string) => freeName(names, name, '-').slice(0, 64);

  return (
    <Section
      title="Presets"
      testId={testIds.controlCenter.presets}
      actions={
        <>
          {writable && (
            <>
              <Button
                size="sm"
                variant="secondary"
                icon="save"
                tooltip="Keep what is in force as a preset: mode, latency, rules"
                onClick={() => open({ preset: { name: wanted('my-preset'), ...definitionOf(scenario) }, isNew: true })}
                data-testid={testIds.controlCenter.savePreset}
              >
                Save current
              </Button>
              <Button
                size="sm"
                variant="secondary"
                icon="upload"
                tooltip="Import presets from YAML"
                aria-label="Import presets from YAML"
                onClick={() => {
                  actions.dismiss();
                  setImporting(true);
                }}
                data-testid={testIds.controlCenter.importPresets}
              />
            </>
          )}
          <LinkButton
            size="sm"
            variant="secondary"
            icon="download-alt"
            tooltip="Export all presets as YAML"
            aria-label="Export all presets as YAML"
            href={presetsUrl(true)}
            target="_self"
            download="mockforge-presets.yaml"
            data-testid={testIds.controlCenter.exportPresets}
          />
        </>
      }
    >
      {presets.length === 0 && <div className={styles.empty}>There are none yet.</div>}
      {actions.failure && !edited && !importing && (
        <Alert severity="error" title="The preset was not changed" onRemove={actions.dismiss}>
          {actions.failure.message}
        </Alert>
      )}
      <div className={styles.list}>
        {presets.map((preset) => (
          <span
            key={preset.name}
            className={cx(styles.preset, !writable && styles.disabled)}
            style={preset.name === active ? { borderColor: modeColor(theme, preset.mode) } : undefined}
          >
            <Tooltip content={describePreset(preset)} placement="top">
              <button
                type="button"
                className={styles.apply}
                aria-pressed={preset.name === active}
                aria-disabled={!writable}
                onClick={() => writable && onApply(preset.name)}
                data-testid={testIds.controlCenter.preset(preset.name)}
              >
                <Icon
                  name={pending === preset.name ? 'spinner' : lookOf(preset.mode).icon}
                  size="sm"
                  style={{ color: modeColor(theme, preset.mode) }}
                />
                <span className={styles.name}>{preset.name}</span>
              </button>
            </Tooltip>
            <Dropdown
              placement="bottom-end"
              overlay={
                <PresetMenu
                  preset={preset}
                  writable={writable}
                  onEdit={() => open({ preset, isNew: false })}
                  onDuplicate={() => open({ preset: { ...preset, name: wanted(`${preset.name}-copy`) }, isNew: true })}
                  onDelete={() => setRemoving(preset.name)}
                />
              }
            >
              <IconButton
                name="ellipsis-v"
                size="sm"
                className={styles.menu}
                aria-label={`More about preset ${preset.name}`}
                data-testid={testIds.controlCenter.presetMenu(preset.name)}
              />
            </Dropdown>
          </span>
        ))}
      </div>
      {edited && (
        <PresetDrawer
          edited={edited}
          suggestions={suggestions}
          baseline={baseline}
          taken={edited.isNew ? names : []}
          failure={actions.failure}
          busy={actions.busy}
          onClose={close}
          onSave={async (preset) => {
            if (await (edited.isNew ? actions.create(preset) : actions.update(preset))) {
              setEdited(undefined);
            }
          }}
        />
      )}
      {importing && <ImportPresets actions={actions} onClose={close} />}
      <ConfirmModal
        isOpen={removing !== undefined}
        title={`Delete preset ${removing}`}
        body="What is in force stays in force. The preset itself is gone for everybody."
        confirmText="Delete"
        onConfirm={() => {
          if (removing !== undefined) {
            actions.remove(removing);
          }
          setRemoving(undefined);
        }}
        onDismiss={() => setRemoving(undefined)}
      />
    </Section>
  );
}

interface MenuProps {
  preset: Preset;
  writable: boolean;
  onEdit: () => void;
  onDuplicate: () => void;
  onDelete: () => void;
}

const sources: Record<Preset['source'], string> = {
  builtin: 'Built in',
  configuration: 'From the configuration of a collector',
  user: 'Made by users',
};

function PresetMenu({ preset, writable, onEdit, onDuplicate, onDelete }: MenuProps) {
  const action = testIds.controlCenter.presetAction;
  const own = preset.source === 'user';
  return (
    <Menu header={`${sources[preset.source]}${own ? '' : ': can be copied, not changed'}`}>
      {writable && own && <Menu.Item label="Edit" icon="pen" onClick={onEdit} testId={action('edit')} />}
      {writable && <Menu.Item label="Duplicate" icon="copy" onClick={onDuplicate} testId={action('duplicate')} />}
      <Menu.Item
        label="Export as YAML"
        icon="download-alt"
        url={presetUrl(preset.name)}
        target="_blank"
        testId={action('export')}
      />
      {writable && own && (
        <Menu.Item label="Delete" icon="trash-alt" destructive onClick={onDelete} testId={action('delete')} />
      )}
    </Menu>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  empty: css({ color: theme.colors.text.secondary }),
  list: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(1) }),
  preset: css({
    display: 'inline-flex',
    alignItems: 'center',
    maxWidth: '100%',
    background: theme.colors.background.secondary,
    border: `1px solid ${theme.colors.border.weak}`,
    borderRadius: theme.shape.radius.pill,
    '&:hover': { background: theme.colors.action.hover },
  }),
  apply: css({
    display: 'inline-flex',
    alignItems: 'center',
    gap: theme.spacing(0.75),
    minWidth: 0,
    padding: theme.spacing(0.5, 0.5, 0.5, 1.25),
    color: theme.colors.text.primary,
    background: 'none',
    border: 'none',
    borderRadius: theme.shape.radius.pill,
    '&:focus-visible': { outline: `2px solid ${theme.colors.primary.main}`, outlineOffset: 2 },
  }),
  name: css({ overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' }),
  menu: css({ margin: theme.spacing(0, 0.75, 0, 0), color: theme.colors.text.secondary }),
  disabled: css({ opacity: 0.7, '& > button:first-of-type': { cursor: 'not-allowed' } }),
});
