import { css } from '@emotion/css';
import React, { useState } from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { Alert, Button, Combobox, Drawer, Field, Input, RadioButtonGroup, Stack, useStyles2 } from '@grafana/ui';

import { toApiError, type ApiError } from '../../api/ApiError';
import { createReplayJob } from '../../api/replays';
import { listPresets } from '../../api/scenarios';
import { useLoad } from '../../hooks/useLoad';
import { definitionOf } from '../../types/definition';
import type { Filter } from '../../types/recording';
import type { Pace, ReplayJob } from '../../types/replay';
import { noChoices, optionsOf } from '../../types/replayOptions';
import { closeListFirst } from '../closeListFirst';
import { ReplayChoicesFields } from '../replay/ReplayChoicesFields';
import { testIds } from '../testIds';

/** What the API sends in one job at most. */
const MAX = 10_000;

interface Props {
  makeFilter: () => Filter;
  /** How many recordings the filter has. */
  total?: number;
  onCreated: (job: ReplayJob) => void;
  onClose: () => void;
}

/** The number that was typed. Nothing is none, which the API refuses, rather than its default. */
const given = (text: string) => (text.trim() === '' ? -1 : Number(text));

/** Asks how the recordings of the filter are to be sent again, and begins. */
export function NewReplay({ makeFilter, total, onCreated, onClose }: Props) {
  const styles = useStyles2(getStyles);
  const presets = useLoad(listPresets);
  const [name, setName] = useState('');
  const [reason, setReason] = useState('');
  const [limit, setLimit] = useState(String(Math.min(total ?? 1000, 1000)));
  const [mode, setMode] = useState<Pace['mode']>('sequential');
  const [speed, setSpeed] = useState('2');
  const [rate, setRate] = useState('10');
  const [concurrency, setConcurrency] = useState('10');
  const [preset, setPreset] = useState('');
  const [choices, setChoices] = useState(noChoices);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError>();

  const create = async () => {
    setBusy(true);
    setError(undefined);
    const chosen = presets.data?.find((one) => one.name === preset);
    const pace: Pace = {
      mode,
      ...(mode === 'multiple' && { multiple: given(speed) }),
      ...(mode === 'rate' && { rate: given(rate) }),
    };
    try {
      onCreated(
        await createReplayJob({
          filter: makeFilter(),
          limit: given(limit),
          pace,
          ...(mode !== 'sequential' && { concurrency: given(concurrency) }),
          ...(name.trim() && { name: name.trim() }),
          ...(reason.trim() && { reason: reason.trim() }),
          ...(chosen && { scenario: definitionOf(chosen) }),
          ...optionsOf(choices),
        })
      );
    } catch (thrown) {
      setError(toApiError(thrown));
      setBusy(false);
    }
  };
  const problem = (field: string) => {
    const text = error?.problemOf(field);
    return { invalid: Boolean(text), error: text };
  };
  const input = (
    field: string,
    label: string,
    description: string,
    value: string,
    set: (value: string) => void,
    options: { type?: string; suffix?: string; width?: number; placeholder?: string } = {}
  ) => (
    <Field label={label} description={description} htmlFor={`mockforge-job-${field}`} noMargin {...problem(field)}>
      <Input
        id={`mockforge-job-${field}`}
        value={value}
        onChange={(event) => set(event.currentTarget.value)}
        data-testid={testIds.replays.field(field)}
        {...options}
      />
    </Field>
  );

  return (
    <Drawer
      title="Replay these recordings"
      subtitle="Each is sent once at most, marked as synthetic, and its answer held against the recorded one."
      size="md"
      onClose={onClose}
    >
      <form
        className={styles.form}
        onKeyDown={closeListFirst}
        onSubmit={(event) => {
          event.preventDefault();
          void create();
        }}
        data-testid={testIds.replays.create}
      >
        {input(
          'limit',
          'How many',
          total === undefined
            ? 'The newest of the filter, sent in the order in which they came'
            : `The newest of the ${total.toLocaleString()} that match, sent in the order in which they came; ${MAX.toLocaleString()} at most`,
          limit,
          setLimit,
          { type: 'number', width: 20 }
        )}
        <Field label="Pace" noMargin {...problem('pace')}>
          <RadioButtonGroup<Pace['mode']>
            className={styles.choice}
            options={[
              { value: 'sequential', label: 'One by one', description: 'Each when the one before it is answered' },
              { value: 'recorded', label: 'As recorded', description: 'With the gaps that were between them' },
              { value: 'multiple', label: 'Faster or slower', description: 'A multiple of the recorded pace' },
              { value: 'rate', label: 'Fixed rate', description: 'So many a second' },
            ]}
            value={mode}
            onChange={setMode}
          />
        </Field>
        {mode === 'multiple' &&
          input('pace.multiple', 'Times as fast', '0.01 to 1000', speed, setSpeed, { type: 'number', width: 20 })}
        {mode === 'rate' &&
          input('pace.rate', 'Requests per second', '0.01 to 1000', rate, setRate, { type: 'number', width: 20 })}
        {mode !== 'sequential' &&
          input(
            'concurrency',
            'At once',
            'How many may wait for their answer at the same time, 100 at most',
            concurrency,
            setConcurrency,
            {
              type: 'number',
              width: 20,
            }
          )}
        <Field
          label="Scenario"
          description="The faults that the requests go through, as live traffic would"
          htmlFor="mockforge-job-scenario"
          noMargin
          {...problem('scenario')}
        >
          <Combobox<string>
            id="mockforge-job-scenario"
            options={[
              { value: '', label: 'None: straight to the upstream' },
              ...(presets.data ?? []).map((one) => ({
                value: one.name,
                label: one.name,
                description: one.description,
              })),
            ]}
            value={preset}
            onChange={(option) => setPreset(option.value)}
          />
        </Field>
        <ReplayChoicesFields value={choices} error={error} onChange={setChoices} />
        {input('name', 'Name', 'To find the job again', name, setName)}
        {input('reason', 'Reason', 'For those who see it later', reason, setReason)}
        {error && (
          <Alert severity="error" title="Nothing was replayed" data-testid={testIds.replays.refused}>
            {error.message}
          </Alert>
        )}
        <Stack direction="row" gap={1}>
          <Button
            icon={busy ? 'spinner' : 'repeat'}
            type="submit"
            disabled={busy || total === 0}
            data-testid={testIds.replays.begin}
          >
            Replay
          </Button>
          <Button type="button" variant="secondary" fill="outline" onClick={onClose}>
            Cancel
          </Button>
        </Stack>
      </form>
    </Drawer>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  form: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(2) }),
  // On a phone its choices do not fit beside each other.
  choice: css({ maxWidth: '100%', flexWrap: 'wrap' }),
});
