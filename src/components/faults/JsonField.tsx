import { css } from '@emotion/css';
import React, { useId, useState } from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { Field, TextArea, useStyles2 } from '@grafana/ui';

import { canonical } from '../../types/canonical';

interface Props {
  label: string;
  description?: string;
  value: unknown;
  placeholder?: string;
  error?: string;
  testId: string;
  /** Gives nothing where nothing is typed, and the text itself where it is not JSON. */
  onChange: (value: unknown) => void;
}

/** An object or array as JSON text. Text that is not JSON is kept, said, and refused by the validation. */
export function JsonField({ label, description, value, placeholder, error, testId, onChange }: Props) {
  const styles = useStyles2(getStyles);
  const id = useId();
  const [text, setText] = useState(() => written(value));
  const typed = read(text);
  // What was typed stands until the value becomes another one, such as by a reset.
  if (canonical(typed.value) !== canonical(value)) {
    setText(written(value));
  }
  const problem = typed.problem ?? error;
  return (
    <Field
      label={label}
      description={description}
      htmlFor={id}
      invalid={problem ? true : undefined}
      error={problem}
      noMargin
    >
      <TextArea
        id={id}
        rows={Math.min(10, Math.max(3, text.split('\n').length))}
        value={text}
        placeholder={placeholder}
        spellCheck={false}
        className={styles.code}
        onChange={(event) => {
          const next = event.currentTarget.value;
          setText(next);
          onChange(read(next).value);
        }}
        data-testid={testId}
      />
    </Field>
  );
}

function written(value: unknown): string {
  return value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}

function read(text: string): { value?: unknown; problem?: string } {
  if (text.trim() === '') {
    return {};
  }
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null
      ? { value }
      : { value: text, problem: 'must be a JSON object or array' };
  } catch (thrown) {
    return { value: text, problem: `is not JSON: ${thrown instanceof Error ? thrown.message : thrown}` };
  }
}

const getStyles = (theme: GrafanaTheme2) => ({
  code: css({ fontFamily: theme.typography.fontFamilyMonospace, fontSize: theme.typography.bodySmall.fontSize }),
});
