import { css } from '@emotion/css';
import React, { useState, type ReactNode } from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { Alert, Button, Drawer, Stack, useStyles2 } from '@grafana/ui';

import type { ApiError } from '../../api/ApiError';
import { validateBehavior } from '../../types/behavior';
import { canonical } from '../../types/canonical';
import { errorsOfRule, saved, tidy } from '../../types/ruleList';
import { ruleSentence } from '../../types/ruleWords';
import type { Rule, Scenario } from '../../types/scenario';
import { ExpectedEffect } from '../parameters/ExpectedEffect';
import { closeListFirst } from '../closeListFirst';
import { testIds } from '../testIds';
import { RuleForm } from './RuleForm';
import { RuleSentence } from './RuleSentence';
import type { Suggestions } from './suggestions';

interface Props {
  /** The rule to begin with. */
  initial: Rule;
  /** The name of the rule that is edited; absent for a new one. */
  name?: string;
  /** As it is now, which may be another than when the drawer was opened. */
  scenario: Scenario;
  suggestions: Suggestions;
  /** Latencies of unharmed traffic, by BOUNDS, to estimate from. */
  baseline: readonly number[];
  failure?: ApiError;
  busy: boolean;
  /** What goes with the change: expiry and reason. */
  children?: ReactNode;
  onSave: (rules: Rule[]) => void;
  onClose: () => void;
}

/** Edits one rule. What others changed meanwhile is told, and the rule is kept to be saved on top of it. */
export function RuleDrawer(props: Props) {
  const { initial, name, scenario, suggestions, baseline, failure, busy, children, onSave, onClose } = props;
  const styles = useStyles2(getStyles);
  const [rule, setRule] = useState(initial);
  const rules = scenario.rules ?? [];
  const place = name === undefined ? -1 : rules.findIndex((one) => one.name === name);
  const index = place < 0 ? rules.length : place;

  const own = rule.exclude ? [] : validateBehavior(rule);
  const refused = failure?.fields ?? [];
  const ofRule = errorsOfRule(refused, index);
  const elsewhere = failure && failure.status !== 409 && ofRule.length < Math.max(1, refused.length);
  // The page follows what others change: what was saved over the version that is shown would be lost without a word.
  const theirs = name === undefined ? undefined : rules[place];
  const overtaken = name !== undefined && (!theirs || !same(theirs, initial));

  return (
    <Drawer
      title={name === undefined ? 'New rule' : `Rule ${name}`}
      subtitle={<RuleSentence rule={rule} />}
      size="md"
      onClose={onClose}
    >
      <div className={styles.body} onKeyDown={closeListFirst} data-testid={testIds.rules.editor}>
        {(overtaken || failure?.status === 409) && (
          <Conflict scenario={scenario} name={name} theirs={theirs} overtaken={overtaken} />
        )}
        {elsewhere && (
          <Alert severity="error" title="The rule was not saved" data-testid={testIds.rules.failure}>
            {failure.message}
          </Alert>
        )}
        <RuleForm rule={rule} errors={[...ofRule, ...own]} suggestions={suggestions} onChange={setRule} />
        {own.length === 0 && (
          <section aria-label="Expected effect on this traffic">
            <ExpectedEffect
              behavior={rule.exclude ? { mode: 'healthy' } : rule}
              latency={rule.exclude ? undefined : scenario.latency}
              baseline={baseline}
            />
          </section>
        )}
        {children}
        <Stack direction="row" gap={1}>
          <Button
            icon={busy ? 'spinner' : undefined}
            disabled={busy || own.length > 0}
            onClick={() => onSave(saved(rules, tidy(rule), name))}
            data-testid={testIds.rules.save}
          >
            {name === undefined ? 'Add rule' : 'Save rule'}
          </Button>
          <Button variant="secondary" fill="text" onClick={onClose}>
            Cancel
          </Button>
        </Stack>
      </div>
    </Drawer>
  );
}

interface ConflictProps {
  scenario: Scenario;
  name?: string;
  theirs?: Rule;
  overtaken: boolean;
}

function Conflict({ scenario, name, theirs, overtaken }: ConflictProps) {
  const about =
    name === undefined
      ? 'Your rule is kept here: save again to add it to theirs.'
      : !theirs
        ? 'This rule is gone since. Yours is kept here: saving adds it again.'
        : overtaken
          ? `This rule is another now: ${ruleSentence(theirs)}. Yours is kept here: saving replaces theirs.`
          : 'They did not touch this rule. Yours is kept here: save again to apply it.';
  return (
    <Alert
      severity="warning"
      title={`${scenario.set_by || 'Someone'} changed the scenario in the meantime (version ${scenario.version})`}
      data-testid={testIds.rules.conflict}
    >
      {about}
    </Alert>
  );
}

function same(a: Rule, b: Rule): boolean {
  return canonical(tidy(a)) === canonical(tidy(b));
}

const getStyles = (theme: GrafanaTheme2) => ({
  body: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(3), paddingBottom: theme.spacing(2) }),
});
