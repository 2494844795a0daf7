import React from 'react';
import { Button, Dropdown, Menu } from '@grafana/ui';

import { exportUrl, type ExportFormat } from '../../api/exports';
import { useCanReadBodies } from '../../hooks/useCanReadBodies';
import type { Filter } from '../../types/recording';
import { download } from '../download';
import { testIds } from '../testIds';

/** What one download has at most; the API gives no more. */
const LIMIT = 100_000;

const formats: Array<{ format: ExportFormat; label: string; description: string }> = [
  { format: 'har', label: 'HAR', description: 'HTTP Archive 1.2, for browsers and proxies' },
  { format: 'jsonl', label: 'JSON Lines', description: 'Everything, one recording per line' },
  { format: 'csv', label: 'CSV', description: 'One row per recording, without bodies' },
  { format: 'openapi', label: 'OpenAPI', description: 'The API as it is learned from organic traffic' },
  { format: 'k6', label: 'k6 script', description: 'The requests at their pace, as a load test' },
  { format: 'curl', label: 'curl commands', description: 'The requests as a shell script' },
  { format: 'mocks', label: 'Mocks', description: 'The answers as stubs for a gateway, in YAML' },
];

interface Props {
  /** Gives the filter of the moment. */
  makeFilter: () => Filter;
  total?: number;
}

/** Downloads the recordings of the filter. */
export function ExportMenu({ makeFilter, total }: Props) {
  const readable = useCanReadBodies();
  const count = total === undefined ? '' : `${Math.min(total, LIMIT).toLocaleString()} recordings`;
  const overlay = () => (
    <Menu
      header={
        total !== undefined && total > LIMIT ? `The newest ${LIMIT.toLocaleString()} recordings` : count || 'Recordings'
      }
    >
      {formats.map(({ format, label, description }) => (
        <Menu.Item
          key={format}
          label={label}
          description={readable || format === 'csv' ? description : 'Your role may not read bodies and headers'}
          disabled={!readable && format !== 'csv'}
          icon="download-alt"
          onClick={() => download(exportUrl(makeFilter(), format, LIMIT))}
          testId={testIds.recordings.exportAs(format)}
        />
      ))}
    </Menu>
  );
  return (
    <Dropdown overlay={overlay} placement="bottom-end">
      <Button variant="secondary" icon="download-alt" disabled={total === 0} data-testid={testIds.recordings.export}>
        Export
      </Button>
    </Dropdown>
  );
}
