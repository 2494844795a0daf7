import { css } from '@emotion/css';
import React, { useMemo } from 'react';
import { dateTimeFormat, type GrafanaTheme2 } from '@grafana/data';
import { Alert, ClipboardButton, Icon, useStyles2 } from '@grafana/ui';

import { isInjected, type Recording } from '../../types/recording';
import { describeFault } from '../../types/recordingWords';
import { DiagramView } from '../diagram/DiagramView';
import { lookOf } from '../modes/modeLook';
import { ReplayTab } from '../replay/ReplayTab';
import { testIds } from '../testIds';
import { BodyView } from './BodyView';
import { Messages } from './Messages';
import { Timing } from './Timing';
import { TraceLink } from './TraceLink';
import { ValuesTable } from './ValuesTable';

/** The tabs of an open recording. */
export type RecordingTab = 'overview' | 'request' | 'response' | 'messages' | 'diagram' | 'replay';

interface Props {
  recording: Recording;
  tab: RecordingTab;
  onOpen: (id: string) => void;
}

/** One tab of a recording. */
export function RecordingDetails({ recording, tab, onOpen }: Props) {
  const styles = useStyles2(getStyles);
  const traceId = recording.trace_id;
  const diagramOf = useMemo(() => (traceId ? { trace_id: traceId } : undefined), [traceId]);
  switch (tab) {
    case 'overview':
      return (
        <div className={styles.column}>
          <Injected recording={recording} />
          <section aria-label="Timing">
            <h5>Timing</h5>
            <Timing recording={recording} />
          </section>
          <Facts recording={recording} />
        </div>
      );
    case 'request':
      return (
        <div className={styles.column}>
          <BodyView title="Body" body={recording.body} />
          {recording.query_params && (
            <ValuesTable title="Query parameters" values={recording.query_params} empty="None." />
          )}
          <ValuesTable title="Headers" values={recording.headers} empty="None were sent." />
        </div>
      );
    case 'response':
      return (
        <div className={styles.column}>
          {recording.failure && <Alert severity="warning" title={recording.failure} />}
          <BodyView title="Body" body={recording.response_body} />
          <ValuesTable title="Headers" values={recording.response_headers} empty="None were received." />
          {recording.response_trailers && (
            <ValuesTable title="Trailers" values={recording.response_trailers} empty="None." />
          )}
        </div>
      );
    case 'messages':
      return <Messages messages={recording.messages ?? []} />;
    case 'diagram':
      return diagramOf ? <DiagramView of={diagramOf} onOpen={onOpen} /> : null;
    case 'replay':
      return <ReplayTab key={recording.id} recording={recording} />;
  }
}

function Injected({ recording }: { recording: Recording }) {
  const mode = lookOf(recording.scenario_mode).label.toLowerCase();
  const where = recording.rule ? `rule ${recording.rule}` : `${mode} mode`;
  return (
    <div data-testid={testIds.recording.injected}>
      {isInjected(recording) ? (
        <Alert severity="info" title={`Injected by ${where}, version ${recording.scenario_version}`}>
          {(recording.faults ?? []).map((fault, i) => (
            <div key={i}>{describeFault(fault)}</div>
          ))}
        </Alert>
      ) : (
        <div>
          <Icon name="check" /> Organic: nothing was done to this exchange ({mode} mode, version{' '}
          {recording.scenario_version}).
        </div>
      )}
    </div>
  );
}

function Facts({ recording }: { recording: Recording }) {
  const styles = useStyles2(getStyles);
  const facts: Array<[string, string | undefined]> = [
    ['Time', dateTimeFormat(recording.timestamp, { format: 'YYYY-MM-DD HH:mm:ss.SSS' })],
    ['Protocol', [recording.protocol, recording.http_version].filter(Boolean).join(', ')],
    ['Gateway', recording.gateway],
    ['Collector', recording.instance],
    ['Route', recording.route],
    ['Operation', recording.operation],
    ['Consumer', recording.consumer],
    ['Client address', recording.client_ip],
    ['Mock', recording.mock_matched],
    ['Plugins', recording.plugin_executed?.join(', ')],
    ['Tags', recording.tags?.join(', ')],
    ['Recording id', recording.id],
  ];
  return (
    <section aria-label="Facts">
      <h5>Facts</h5>
      <dl className={styles.facts}>
        <dt>Trace id</dt>
        <dd>
          <span data-testid={testIds.recording.traceId}>{recording.trace_id || 'none'}</span>
          {recording.trace_id && (
            <ClipboardButton
              size="sm"
              fill="text"
              variant="secondary"
              icon="copy"
              aria-label="Copy trace id"
              getText={() => recording.trace_id ?? ''}
            />
          )}
          <TraceLink recording={recording} />
        </dd>
        {facts
          .filter(([, value]) => value)
          .map(([name, value]) => (
            <React.Fragment key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </React.Fragment>
          ))}
      </dl>
    </section>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  column: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(3) }),
  facts: css({
    display: 'grid',
    gridTemplateColumns: 'minmax(110px, max-content) minmax(0, 1fr)',
    columnGap: theme.spacing(2),
    rowGap: theme.spacing(0.5),
    alignItems: 'center',
    '& dt': { color: theme.colors.text.secondary, fontWeight: theme.typography.fontWeightRegular },
    '& dd': { margin: 0, overflowWrap: 'anywhere', minHeight: 22 },
  }),
});
