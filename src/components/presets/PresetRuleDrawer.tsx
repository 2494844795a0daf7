import { css } from '@emotion/css';
import React, { useState } from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { Button, Drawer, Stack, useStyles2 } from '@grafana/ui';

import { validateBehavior } from '../../types/behavior';
import type { FieldError } from '../../types/problem';
import { tidy } from '../../types/ruleList';
import type { Latency, Rule } from '../../types/scenario';
import { ExpectedEffect } from '../parameters/ExpectedEffect';
import { RuleForm } from '../rules/RuleForm';
import { RuleSentence } from '../rules/RuleSentence';
import type { Suggestions } from '../rules/suggestions';
import { closeListFirst } from '../closeListFirst';
import { testIds } from '../testIds';

interface Props {
  initial: Rule;
  isNew: boolean;
  /** Names of the other rules of the preset. */
  taken: readonly string[];
  latency?: Latency;
  /** What the API refused, by the names of the rule's own fields. */
  errors: readonly FieldError[];
  suggestions: Suggestions;
  baseline: readonly number[];
  onSave: (rule: Rule) => void;
  onClose: () => void;
}

/** Edits one rule of a preset, which is saved with the preset. */
export function PresetRuleDrawer(props: Props) {
  const { initial, isNew, taken, latency, errors, suggestions, baseline, onSave, onClose } = props;
  const styles = useStyles2(getStyles);
  const [rule, setRule] = useState(initial);
  const name = rule.name.trim();
  const own = [
    ...(name === '' ? [{ field: 'name', problem: 'is required' }] : []),
    ...(taken.includes(name) ? [{ field: 'name', problem: 'is taken by another rule' }] : []),
    ...(rule.exclude ? [] : validateBehavior(rule)),
  ];
  return (
    <Drawer
      title={isNew ? 'New rule of the preset' : `Rule ${initial.name} of the preset`}
      subtitle={<RuleSentence rule={rule} />}
      size="md"
      onClose={onClose}
    >
      <div className={styles.body} onKeyDown={closeListFirst} data-testid={testIds.presetEditor.rule}>
        <RuleForm rule={rule} errors={[...own, ...errors]} suggestions={suggestions} onChange={setRule} />
        {own.length === 0 && (
          <section aria-label="Expected effect on this traffic">
            <ExpectedEffect
              behavior={rule.exclude ? { mode: 'healthy' } : rule}
              latency={rule.exclude ? undefined : latency}
              baseline={baseline}
            />
          </section>
        )}
        <Stack direction="row" gap={1}>
          <Button
            disabled={own.length > 0}
            onClick={() => onSave(tidy(rule))}
            data-testid={testIds.presetEditor.saveRule}
          >
            {isNew ? 'Add to the preset' : 'Keep for the preset'}
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
  body: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(3), paddingBottom: theme.spacing(2) }),
});
