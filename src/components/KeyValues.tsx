import { css } from '@emotion/css';
import React, { useState } from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { Button, Field, IconButton, Input, useStyles2 } from '@grafana/ui';

import { canonical } from '../types/canonical';
import { FieldContent } from './FieldContent';

interface Props {
  /** "header" or "query parameter". */
  kind: string;
  testId: string;
  label: string;
  value: Record<string, string>;
  error?: string;
  /** What a value may be: "Value, or * for any". */
  placeholder?: string;
  onChange: (value: Record<string, string>) => void;
}

/** Names with the values that they must have. */
export function KeyValues({ kind, testId, label, value, error, placeholder = 'Value', onChange }: Props) {
  const styles = useStyles2(getStyles);
  // Rows as they are typed: a name may be empty or there twice for a moment.
  const [rows, setRows] = useState<Array<[string, string]>>(() => Object.entries(value));
  // What was typed stands until the value becomes another one, such as by a reset.
  if (canonical(valueOf(rows)) !== canonical(value)) {
    setRows(Object.entries(value));
  }
  const change = (next: Array<[string, string]>) => {
    setRows(next);
    onChange(valueOf(next));
  };
  const set = (at: number, row: [string, string]) => change(rows.map((one, i) => (i === at ? row : one)));

  return (
    <Field label={label} invalid={error ? true : undefined} error={error} noMargin>
      <FieldContent className={styles.rows} testId={testId}>
        {rows.map(([name, v], i) => (
          <div key={i} className={styles.row}>
            <Input
              value={name}
              placeholder="Name"
              aria-label={`Name of ${kind} ${i + 1}`}
              onChange={(event) => set(i, [event.currentTarget.value, v])}
            />
            <span>=</span>
            <Input
              value={v}
              placeholder={placeholder}
              aria-label={`Value of ${kind} ${i + 1}`}
              onChange={(event) => set(i, [name, event.currentTarget.value])}
            />
            <IconButton
              name="times"
              aria-label={`Remove ${kind} ${i + 1}`}
              tooltip="Remove"
              onClick={() => change(rows.filter((_, other) => other !== i))}
            />
          </div>
        ))}
        <Button
          type="button"
          size="sm"
          variant="secondary"
          fill="outline"
          icon="plus"
          onClick={() => setRows([...rows, ['', '']])}
        >
          Add {kind}
        </Button>
      </FieldContent>
    </Field>
  );
}

function valueOf(rows: Array<[string, string]>): Record<string, string> {
  return Object.fromEntries(rows.filter(([name]) => name.trim() !== '').map(([name, v]) => [name.trim(), v]));
}

const getStyles = (theme: GrafanaTheme2) => ({
  rows: css({ display: 'flex', flexDirection: 'column', alignItems: 'flex-start', gap: theme.spacing(1) }),
  row: css({ display: 'flex', alignItems: 'center', gap: theme.spacing(1), width: '100%' }),
});
