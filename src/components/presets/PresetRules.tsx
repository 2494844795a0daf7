import { css } from '@emotion/css';
import React, { useState } from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { Button, useStyles2 } from '@grafana/ui';

import { withDefaults } from '../../types/behavior';
import type { FieldError } from '../../types/problem';
import { errorsOfRule, freeName, moved, saved } from '../../types/ruleList';
import type { Latency, Rule } from '../../types/scenario';
import { RuleRow } from '../rules/RuleRow';
import type { Suggestions } from '../rules/suggestions';
import { testIds } from '../testIds';
import { PresetRuleDrawer } from './PresetRuleDrawer';

interface Props {
  rules: readonly Rule[];
  latency?: Latency;
  /** By the names of the preset's fields: "rules[2].target.path". */
  errors: readonly FieldError[];
  suggestions: Suggestions;
  /** Latencies of unharmed traffic, by BOUNDS, to estimate from. */
  baseline: readonly number[];
  onChange: (rules: Rule[]) => void;
}

/** The rules of a preset in their order: added, edited, moved, switched off, duplicated, removed. */
export function PresetRules({ rules, latency, errors, suggestions, baseline, onChange }: Props) {
  const styles = useStyles2(getStyles);
  const [edited, setEdited] = useState<{ initial: Rule; name?: string }>();
  const names = rules.map(({ name }) => name);
  const index = edited?.name === undefined ? -1 : names.indexOf(edited.name);

  return (
    <section className={styles.rules} aria-label="Rules of the preset" data-testid={testIds.presetEditor.rules}>
      <header className={styles.header}>
        <h5>Rules</h5>
        <Button
          type="button"
          size="sm"
          variant="secondary"
          icon="plus"
          onClick={() =>
            setEdited({
              initial: { name: freeName(names, 'rule'), target: {}, ...withDefaults({ mode: 'error' }) },
            })
          }
          data-testid={testIds.presetEditor.addRule}
        >
          Add rule
        </Button>
      </header>
      {rules.length === 0 && <div className={styles.weak}>None: the mode decides on all traffic.</div>}
      {rules.length > 0 && (
        <ol className={styles.list}>
          {rules.map((rule, i) => (
            <React.Fragment key={rule.name}>
              <RuleRow
                rule={rule}
                index={i}
                count={rules.length}
                writable
                busy={false}
                onMove={(from, to) => onChange(moved(rules, from, to))}
                onEnable={(enabled) =>
                  onChange(rules.map((one, other) => (other === i ? { ...one, disabled: !enabled || undefined } : one)))
                }
                onEdit={() => setEdited({ initial: rule, name: rule.name })}
                onDuplicate={() => setEdited({ initial: { ...rule, name: freeName(names, rule.name) } })}
                onRemove={() => onChange(rules.filter((_, other) => other !== i))}
              />
              {errorsOfRule(errors, i).map(({ field, problem }) => (
                <li key={field} className={styles.problem}>
                  {field} {problem}
                </li>
              ))}
            </React.Fragment>
          ))}
        </ol>
      )}
      {edited && (
        <PresetRuleDrawer
          initial={edited.initial}
          isNew={edited.name === undefined}
          taken={names.filter((name) => name !== edited.name)}
          latency={latency}
          errors={index < 0 ? [] : errorsOfRule(errors, index)}
          suggestions={suggestions}
          baseline={baseline}
          onSave={(rule) => {
            onChange(saved(rules, rule, edited.name));
            setEdited(undefined);
          }}
          onClose={() => setEdited(undefined)}
        />
      )}
    </section>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  rules: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(1) }),
  header: css({
    display: 'flex',
    alignItems: 'center',
    justifyContent: 'space-between',
    gap: theme.spacing(1),
    '& h5': { margin: 0 },
  }),
  weak: css({ color: theme.colors.text.secondary }),
  list: css({ listStyle: 'none', display: 'flex', flexDirection: 'column', gap: theme.spacing(1) }),
  problem: css({ color: theme.colors.error.text, paddingLeft: theme.spacing(5), overflowWrap: 'anywhere' }),
});
