import { css } from '@emotion/css';
import React, { useCallback, useEffect, useRef, useState } from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { Alert, Button, Collapse, Field, LoadingBar, MultiCombobox, Stack, useStyles2 } from '@grafana/ui';

import { ApiError, toApiError } from '../../api/ApiError';
import { replayRecording, replayUnder } from '../../api/replays';
import { listPresets } from '../../api/scenarios';
import { canWrite } from '../../api/user';
import { useLoad } from '../../hooks/useLoad';
import { definitionOf } from '../../types/definition';
import type { Recording } from '../../types/recording';
import type { Replay, ReplayRun } from '../../types/replay';
import { noChoices, optionsOf } from '../../types/replayOptions';
import { closeListFirst } from '../closeListFirst';
import { FieldContent } from '../FieldContent';
import { testIds } from '../testIds';
import { ReplayChoicesFields } from './ReplayChoicesFields';
import { ReplayResultView } from './ReplayResultView';
import { ReplayRuns } from './ReplayRuns';

/** Under how many scenarios the API sends one recording at once. */
const MAX_SCENARIOS = 3;

/** Sends a recording again, and shows how the answer differs from the recorded one. */
export function ReplayTab({ recording }: { recording: Recording }) {
  const styles = useStyles2(getStyles);
  const [running, setRunning] = useState(false);
  const [replay, setReplay] = useState<Replay>();
  const [error, setError] = useState<ApiError>();
  const [options, setOptions] = useState(false);
  const [choices, setChoices] = useState(noChoices);
  const [chosen, setChosen] = useState<string[]>([]);
  const [runs, setRuns] = useState<Array<ReplayRun & { name: string }>>();
  const writable = canWrite();
  const loadPresets = useCallback(
    (signal: AbortSignal) => (writable ? listPresets(signal) : Promise.resolve([])),
    [writable]
  );
  const presets = useLoad(loadPresets);
  const shown = useRef(true);
  useEffect(() => {
    shown.current = true;
    return () => {
      shown.current = false;
    };
  }, []);

  const run = async () => {
    setRunning(true);
    setError(undefined);
    try {
      const under = (presets.data ?? []).filter(({ name }) => chosen.includes(name));
      const asked = optionsOf(choices);
      if (under.length > 0) {
        const done = await replayUnder(recording.id, under.map(definitionOf), asked);
        if (shown.current) {
          setRuns(done.map((run, i) => ({ ...run, name: under[i].name })));
          setReplay(undefined);
        }
      } else {
        const done = await replayRecording(recording.id, asked);
        if (shown.current) {
          setReplay(done);
          setRuns(undefined);
        }
      }
    } catch (thrown) {
      if (shown.current) {
        setError(toApiError(thrown));
      }
    } finally {
      if (shown.current) {
        setRunning(false);
      }
    }
  };

  return (
    <div className={styles.column} onKeyDown={closeListFirst}>
      <Stack direction="row" gap={2} alignItems="center" wrap="wrap">
        <Button
          icon={running ? 'spinner' : 'repeat'}
          disabled={running || !writable}
          tooltip={writable ? undefined : 'You need the Editor role'}
          onClick={run}
          data-testid={testIds.replay.start}
        >
          {running ? 'Waiting for the answer' : replay || runs ? 'Replay again' : 'Replay'}
        </Button>
        <span className={styles.weak}>
          {chosen.length === 0
            ? `Sent once to the upstream of gateway ${recording.gateway}, past all scenarios, and marked as synthetic.`
            : 'Sent once under each scenario, whatever is in force, and marked as synthetic.'}
        </span>
      </Stack>
      <Field
        label="Compare scenarios"
        description="Up to three presets: the same request goes through the faults of each"
        htmlFor="mockforge-replay-scenarios"
        noMargin
        invalid={Boolean(error?.problemOf('scenarios'))}
        error={error?.problemOf('scenarios')}
      >
        <FieldContent testId={testIds.replay.scenarios}>
          <MultiCombobox<string>
            id="mockforge-replay-scenarios"
            options={(presets.data ?? []).map(({ name, description }) => ({ value: name, label: name, description }))}
            value={chosen}
            placeholder="None: straight to the upstream"
            onChange={(options) => setChosen(options.map(({ value }) => value).slice(0, MAX_SCENARIOS))}
          />
        </FieldContent>
      </Field>
      <Collapse label="Options" isOpen={options} onToggle={setOptions}>
        <ReplayChoicesFields gateway={recording.gateway} value={choices} error={error} onChange={setChoices} />
      </Collapse>
      <div aria-live="polite">
        {running && <LoadingBar width={300} />}
        {error && (
          <Alert severity="error" title="Nothing was replayed">
            {error.message}
          </Alert>
        )}
      </div>
      {replay && !running && <ReplayResultView replay={replay} />}
      {runs && !running && <ReplayRuns runs={runs} />}
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  column: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(2) }),
  weak: css({ color: theme.colors.text.secondary, flex: '1 1 240px' }),
});
