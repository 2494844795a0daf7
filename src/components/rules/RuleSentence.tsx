import { css } from '@emotion/css';
import React from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { Icon, useStyles2, useTheme2 } from '@grafana/ui';

import { tidy } from '../../types/ruleList';
import { ruleSentence } from '../../types/ruleWords';
import type { Rule } from '../../types/scenario';
import { lookOf, modeColor } from '../modes/modeLook';
import { testIds } from '../testIds';

interface Props {
  rule: Rule;
}

/** What a rule does as it is now, in the head of its editor. */
export function RuleSentence({ rule }: Props) {
  const theme = useTheme2();
  const styles = useStyles2(getStyles);
  const mode = rule.exclude ? 'healthy' : rule.mode;
  const color = modeColor(theme, mode);
  return (
    <div className={styles.sentence} style={{ borderLeftColor: color }}>
      <Icon name={rule.exclude ? 'shield' : lookOf(mode).icon} style={{ color }} />
      <span data-testid={testIds.rules.sentence}>{ruleSentence(tidy(rule))}</span>
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  sentence: css({
    display: 'flex',
    alignItems: 'baseline',
    gap: theme.spacing(1),
    padding: theme.spacing(0.5, 1),
    borderLeft: '3px solid',
    overflowWrap: 'anywhere',
    color: theme.colors.text.primary,
  }),
});
