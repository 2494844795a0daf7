import { css } from '@emotion/css';
import React from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { Field, FilterPill, useStyles2 } from '@grafana/ui';

import { FieldContent } from '../FieldContent';
import { testIds } from '../testIds';

const common = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];

interface Props {
  value: readonly string[];
  error?: string;
  onChange: (methods: string[]) => void;
}

/** Methods by click; none is any. Uncommon ones that a rule has already can be taken out. */
export function MethodPills({ value, error, onChange }: Props) {
  const styles = useStyles2(getStyles);
  const shown = [...common, ...value.filter((method) => !common.includes(method))];
  const toggle = (method: string) =>
    onChange(value.includes(method) ? value.filter((other) => other !== method) : [...value, method]);
  return (
    <Field label="Methods" description="None is any" invalid={error ? true : undefined} error={error} noMargin>
      <FieldContent className={styles.pills} testId={testIds.rules.field('methods')}>
        {shown.map((method) => (
          <FilterPill key={method} label={method} selected={value.includes(method)} onClick={() => toggle(method)} />
        ))}
      </FieldContent>
    </Field>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  pills: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(0.5) }),
});
