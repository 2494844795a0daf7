import { css } from '@emotion/css';
import React, { useId } from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { Field, Input, TextArea, useStyles2 } from '@grafana/ui';

import type { ApiError } from '../../api/ApiError';
import type { ReplayChoices } from '../../types/replayOptions';
import { TargetChoice } from '../replays/TargetChoice';
import { testIds } from '../testIds';

interface Props {
  /** The gateway whose targets are offered; absent: those of all. */
  gateway?: string;
  value: ReplayChoices;
  error?: ApiError;
  onChange: (value: ReplayChoices) => void;
}

/** Where recordings go, with which headers, and what of the answers is not compared. */
export function ReplayChoicesFields({ gateway, value, error, onChange }: Props) {
  const styles = useStyles2(getStyles);
  const id = useId();
  const bound = (name: keyof ReplayChoices, field: string) => ({
    id: `${id}-${name}`,
    value: value[name],
    onChange: (event: React.FormEvent<HTMLInputElement | HTMLTextAreaElement>) =>
      onChange({ ...value, [name]: event.currentTarget.value }),
    'data-testid': testIds.replays.field(field),
  });
  const labelled = (name: keyof ReplayChoices, field: string) => {
    const problem = error?.problemOf(field);
    return { htmlFor: `${id}-${name}`, noMargin: true, invalid: Boolean(problem), error: problem };
  };
  return (
    <div className={styles.fields}>
      <TargetChoice
        id={`${id}-target`}
        gateway={gateway}
        value={value.target}
        error={error?.problemOf('target')}
        onChange={(target) => onChange({ ...value, target })}
      />
      <Field
        label="Fields whose differences do not matter"
        description="Places in JSON bodies, separated by commas: $.timestamp, items[*].updated_at, **.id"
        {...labelled('ignoredFields', 'ignore_fields')}
      >
        <Input {...bound('ignoredFields', 'ignore_fields')} />
      </Field>
      <Field
        label="Headers whose differences do not matter"
        description="Beside those that always differ, separated by commas: what plugins of the gateway set, since replays go past them"
        {...labelled('ignoredHeaders', 'ignore_headers')}
      >
        <Input {...bound('ignoredHeaders', 'ignore_headers')} />
      </Field>
      <Field
        label="Headers to send instead"
        description="One per line, such as an Authorization that was masked when it was recorded"
        {...labelled('overrides', 'header_overrides')}
      >
        <TextArea rows={2} placeholder="Authorization: Bearer ..." {...bound('overrides', 'header_overrides')} />
      </Field>
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  fields: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(2) }),
});
