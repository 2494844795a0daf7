import { css } from '@emotion/css';
import React, { useState, type KeyboardEvent } from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { Field, FilterPill, Input, useStyles2 } from '@grafana/ui';

import { FieldContent } from '../FieldContent';
import { testIds } from '../testIds';

const common = [500, 502, 503, 504, 429, 404, 401, 400];

interface Props {
  value: number[];
  error?: string;
  /** What none means. */
  description?: string;
  onChange: (codes: number[]) => void;
}

/** The status codes to draw from: the common ones by click, any other by number. */
export function StatusCodes({ value, error, description, onChange }: Props) {
  const styles = useStyles2(getStyles);
  const [text, setText] = useState('');
  const [problem, setProblem] = useState<string>();
  const shown = [...common, ...value.filter((code) => !common.includes(code))];

  const toggle = (code: number) =>
    onChange(value.includes(code) ? value.filter((other) => other !== code) : [...value, code]);

  const add = () => {
    const code = Number(text);
    if (text.trim() === '') {
      setProblem(undefined);
      return;
    }
    if (!Number.isInteger(code) || code < 100 || code > 599) {
      setProblem('A status code is a number from 100 to 599');
      return;
    }
    setProblem(undefined);
    setText('');
    if (!value.includes(code)) {
      onChange([...value, code]);
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter') {
      event.preventDefault();
      add();
    }
  };

  return (
    <div data-testid={testIds.controlCenter.parameter('status_codes')}>
      <Field
        label="Status codes"
        description={description}
        invalid={(problem ?? error) ? true : undefined}
        error={problem ?? error}
        noMargin
      >
        <FieldContent className={styles.codes}>
          {shown.map((code) => (
            <FilterPill key={code} label={String(code)} selected={value.includes(code)} onClick={() => toggle(code)} />
          ))}
          <Input
            width={10}
            value={text}
            placeholder="Other"
            aria-label="Add a status code"
            inputMode="numeric"
            onChange={(event) => setText(event.currentTarget.value)}
            onKeyDown={onKeyDown}
            onBlur={add}
            data-testid={testIds.controlCenter.statusCode}
          />
        </FieldContent>
      </Field>
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  codes: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(0.5) }),
});
