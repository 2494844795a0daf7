import { css } from '@emotion/css';
import React, { useMemo } from 'react';
import { dateTimeFormat, type GrafanaTheme2 } from '@grafana/data';
import { Alert, ClipboardButton, Icon, IconButton, useStyles2 } from '@grafana/ui';

import { bodyUrl } from '../../api/recordings';
import { requestLines, responseLines } from '../../types/headerLines';
import { protocolLabels } from '../../types/protocolWords';
import { isInjected, isWithheld, type Recording, type Values } from '../../types/recording';
import type { ListField } from '../../types/recordingFilter';
import { bytes, describeFault } from '../../types/recordingWords';
import { targetBesidesPath } from '../../types/target';
import { DiagramView } from '../diagram/DiagramView';
import { lookOf } from '../modes/modeLook';
import { ReplayTab } from '../replay/ReplayTab';
import { testIds } from '../testIds';
import { BodyView } from './BodyView';
import { Messages } from './Messages';
import { Tags } from './Tags';
import { Timing } from './Timing';
import { TraceLink } from './TraceLink';
import { ValuesTable } from './ValuesTable';
import { Withheld } from './Withheld';

/** The tabs of an open recording. */
export type RecordingTab = 'overview' | 'request' | 'response' | 'messages' | 'diagram' | 'replay';

interface Props {
  recording: Recording;
  tab: RecordingTab;
  onOpen: (id: string) => void;
  /** Filters the list for a value, or filters it out; absent where there is no list. */
  onFilter?: (field: ListField, value: string, way: 'in' | 'out') => void;
}

/** One tab of a recording. */
export function RecordingDetails({ recording, tab, onOpen, onFilter }: Props) {
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
          <Facts recording={recording} onFilter={onFilter} />
        </div>
      );
    case 'request':
      if (isWithheld(recording, 'body', 'headers', 'query_params')) {
        return <Withheld what={`The request has a body of ${bytes(recording.body.size)}.`} />;
      }
      return (
        <div className={styles.column}>
          <BodyView
            title="Body"
            body={recording.body}
            contentType={contentType(recording.headers)}
            url={bodyUrl(recording.id, 'request')}
          />
          {recording.query_params && (
            <ValuesTable title="Query parameters" values={recording.query_params} empty="None." />
          )}
          <ValuesTable title="Headers" lines={requestLines(recording)} empty="None were sent." />
        </div>
      );
    case 'response':
      return (
        <div className={styles.column}>
          {recording.failure && <Alert severity="warning" title={recording.failure} />}
          {isWithheld(recording, 'response_body', 'response_headers', 'response_trailers') ? (
            <Withheld what={`The answer has a body of ${bytes(recording.response_body.size)}.`} />
          ) : (
            <>
              <BodyView
                title="Body"
                body={recording.response_body}
                contentType={contentType(recording.response_headers)}
                url={bodyUrl(recording.id, 'response')}
              />
              <ValuesTable title="Headers" lines={responseLines(recording)} empty="None were received." />
              {recording.response_trailers && (
                <ValuesTable title="Trailers" values={recording.response_trailers} empty="None." />
              )}
            </>
          )}
        </div>
      );
    case 'messages':
      if (isWithheld(recording, 'messages')) {
        return <Withheld what="There are messages." />;
      }
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

function contentType(headers?: Values): string | undefined {
  return Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === 'content-type')?.[1]?.[0];
}

function Facts({ recording, onFilter }: Pick<Props, 'recording' | 'onFilter'>) {
  const styles = useStyles2(getStyles);
  const facts: Array<[string, string | undefined, ListField?]> = [
    ['Time', dateTimeFormat(recording.timestamp, { format: 'YYYY-MM-DD HH:mm:ss.SSS' })],
    ['Protocol', [protocolLabels[recording.protocol], recording.http_version].filter(Boolean).join(', ')],
    [recording.target_redacted ? 'Target as sent, masked' : 'Target as sent', targetBesidesPath(recording)],
    ['Gateway', recording.gateway, 'gateways'],
    ['Collector', recording.instance],
    ['Route', recording.route, 'routes'],
    ['Operation', recording.operation],
    ['Rule', recording.rule, 'rules'],
    ['Consumer', recording.consumer, 'consumers'],
    ['Client address', recording.client_ip],
    ['Mock', recording.mock_matched],
    ['Plugins', recording.plugin_executed?.join(', ')],
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
          .map(([name, value, field]) => (
            <React.Fragment key={name}>
              <dt>{name}</dt>
              <dd>
                {value}
                {field && value && onFilter && (
                  <span className={styles.filters}>
                    <IconButton
                      size="sm"
                      name="search-plus"
                      tooltip={`Only this ${name.toLowerCase()}`}
                      onClick={() => onFilter(field, value, 'in')}
                      data-testid={testIds.recording.filterFor(field)}
                    />
                    <IconButton
                      size="sm"
                      name="search-minus"
                      tooltip={`Filter out this ${name.toLowerCase()}`}
                      onClick={() => onFilter(field, value, 'out')}
                      data-testid={testIds.recording.filterOut(field)}
                    />
                  </span>
                )}
              </dd>
            </React.Fragment>
          ))}
        <dt>Tags</dt>
        <dd>
          <Tags key={recording.id} recording={recording} />
        </dd>
      </dl>
    </section>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  column: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(3) }),
  filters: css({
    display: 'inline-flex',
    gap: theme.spacing(0.25),
    marginLeft: theme.spacing(0.75),
    verticalAlign: 'middle',
  }),
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
