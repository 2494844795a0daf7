import { css } from '@emotion/css';
import React, { useState, type ReactNode } from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { Alert, Button, ConfirmModal, Icon, useStyles2, useTheme2 } from '@grafana/ui';

import type { ApiError } from '../../api/ApiError';
import { summarize, withDefaults } from '../../types/behavior';
import { freeName, moved } from '../../types/ruleList';
import type { Rule, Scenario } from '../../types/scenario';
import { small } from '../../types/sentence';
import { lookOf, modeColor } from '../modes/modeLook';
import { Section } from '../Section';
import { testIds } from '../testIds';
import { RuleDrawer } from './RuleDrawer';
import { RuleRow } from './RuleRow';
import type { Suggestions } from './suggestions';

interface Props {
  scenario: Scenario;
  suggestions: Suggestions;
  /** Latencies of unharmed traffic, by BOUNDS, to estimate from. */
  baseline: readonly number[];
  failure?: ApiError;
  writable: boolean;
  busy: boolean;
  /** What goes with a change: expiry and reason. */
  options?: ReactNode;
  /** Says whether the rules were taken. */
  onChange: (rules: readonly Rule[]) => Promise<boolean>;
  onDismissFailure: () => void;
}

/** The rules in their order, drawn as the way that traffic takes: the first one that matches decides, the mode what is left. */
export function Rules({
  scenario,
  suggestions,
  baseline,
  failure,
  writable,
  busy,
  options,
  onChange,
  onDismissFailure,
}: Props) {
  const theme = useTheme2();
  const styles = useStyles2(getStyles);
  const [edited, setEdited] = useState<{ initial: Rule; name?: string }>();
  const [removing, setRemoving] = useState<string>();
  const rules = scenario.rules ?? [];
  const color = modeColor(theme, scenario.mode);

  const open = (next: { initial: Rule; name?: string }) => {
    onDismissFailure();
    setEdited(next);
  };
  const close = () => {
    onDismissFailure();
    setEdited(undefined);
  };
  const names = rules.map(({ name }) => name);
  const add = () =>
    open({ initial: { name: freeName(names, 'rule'), target: {}, ...withDefaults({ mode: 'error' }) } });

  return (
    <Section
      title="Rules"
      testId={testIds.rules.container}
      actions={
        writable && (
          <Button size="sm" variant="secondary" icon="plus" onClick={add} data-testid={testIds.rules.add}>
            Add rule
          </Button>
        )
      }
    >
      {failure && !edited && (
        <Alert
          severity="error"
          title="The rules were not changed"
          onRemove={onDismissFailure}
          data-testid={testIds.rules.failure}
        >
          {failure.message}
        </Alert>
      )}
      <ol className={styles.way}>
        <li className={styles.start}>
          <span className={styles.dot} />
          <span className={styles.weak}>
            {rules.length === 0
              ? 'Rules treat a part of the traffic differently: a route, a consumer, a share. There are none, so that the mode decides on everything.'
              : 'Every request takes the first rule that matches it.'}
          </span>
        </li>
        {rules.map((rule, i) => (
          <RuleRow
            key={rule.name}
            rule={rule}
            index={i}
            count={rules.length}
            writable={writable}
            busy={busy}
            onMove={(from, to) => onChange(moved(rules, from, to))}
            onEnable={(enabled) => onChange(rules.map((one) => (one === rule ? enabledAs(rule, enabled) : one)))}
            onEdit={() => open({ initial: rule, name: rule.name })}
            onDuplicate={() => open({ initial: { ...rule, name: freeName(names, rule.name) } })}
            onRemove={() => setRemoving(rule.name)}
          />
        ))}
        <li className={styles.rest}>
          <span className={styles.dot} style={{ background: color }} />
          <span>
            {rules.length === 0 ? 'All traffic: ' : 'Everything else: '}
            <Icon name={lookOf(scenario.mode).icon} size="sm" style={{ color }} />{' '}
            <span style={{ color }}>{lookOf(scenario.mode).label}</span>
            <span className={styles.weak}> ({small(summarize(scenario))})</span>
          </span>
        </li>
      </ol>
      {edited && (
        <RuleDrawer
          {...edited}
          scenario={scenario}
          suggestions={suggestions}
          baseline={baseline}
          failure={failure}
          busy={busy}
          onClose={close}
          onSave={async (next) => {
            if (await onChange(next)) {
              setEdited(undefined);
            }
          }}
        >
          {options}
        </RuleDrawer>
      )}
      <ConfirmModal
        isOpen={removing !== undefined}
        title={`Delete rule ${removing}`}
        body="The traffic that it was about is treated by later rules and by the mode."
        confirmText="Delete"
        onConfirm={() => {
          setRemoving(undefined);
          onChange(rules.filter(({ name }) => name !== removing));
        }}
        onDismiss={() => setRemoving(undefined)}
      />
    </Section>
  );
}

function enabledAs({ disabled: _, ...rule }: Rule, enabled: boolean): Rule {
  return enabled ? rule : { ...rule, disabled: true };
}

const getStyles = (theme: GrafanaTheme2) => ({
  way: css({
    position: 'relative',
    listStyle: 'none',
    display: 'flex',
    flexDirection: 'column',
    gap: theme.spacing(1),
    // The line on which the rules are stops.
    '&::before': {
      content: '""',
      position: 'absolute',
      left: 12,
      top: 10,
      bottom: 10,
      width: 2,
      background: theme.colors.border.medium,
    },
  }),
  start: css({ display: 'flex', alignItems: 'baseline', gap: theme.spacing(2) }),
  rest: css({ display: 'flex', alignItems: 'baseline', gap: theme.spacing(2) }),
  dot: css({
    position: 'relative',
    width: 12,
    height: 12,
    margin: '0 7px',
    flexShrink: 0,
    borderRadius: theme.shape.radius.circle,
    background: theme.colors.border.strong,
  }),
  weak: css({ color: theme.colors.text.secondary }),
});
