import React, { useState } from 'react';
import { Button, Dropdown, Menu } from '@grafana/ui';

import { recordingExportUrl, type ExportFormat } from '../../api/exports';
import { isPlainRequest } from '../../types/curl';
import type { Recording } from '../../types/recording';
import { download } from '../download';
import { testIds } from '../testIds';
import { MockDialog } from './MockDialog';

/** What can be made of one recording, as far as its protocol has it. */
export function RecordingMenu({ recording }: { recording: Recording }) {
  const [mock, setMock] = useState(false);
  const plain = isPlainRequest(recording);
  const file = (format: ExportFormat, label: string, description: string) => (
    <Menu.Item
      key={format}
      label={label}
      description={description}
      icon="download-alt"
      onClick={() => download(recordingExportUrl(recording.id, format))}
      testId={testIds.recordings.exportAs(format)}
    />
  );
  const overlay = () => (
    <Menu>
      {(plain || recording.protocol === 'grpc') && (
        <>
          <Menu.Item
            label="Make this a mock"
            description="A stub for a gateway that answers the same"
            icon="copy"
            onClick={() => setMock(true)}
            testId={testIds.recording.makeMock}
          />
          <Menu.Divider />
        </>
      )}
      {file('har', 'HAR', harIsFor(recording))}
      {file('jsonl', 'JSON Lines', 'Everything, also messages and what was injected')}
      {plain && [file('curl', 'curl', 'As a shell script'), file('k6', 'k6 script', 'As a load test')]}
    </Menu>
  );
  return (
    <>
      <Dropdown overlay={overlay} placement="bottom-start">
        <Button
          size="sm"
          variant="secondary"
          icon="ellipsis-v"
          aria-label="More"
          data-testid={testIds.recording.more}
        />
      </Dropdown>
      {mock && <MockDialog recording={recording} onClose={() => setMock(false)} />}
    </>
  );
}

function harIsFor({ protocol }: Recording): string {
  switch (protocol) {
    case 'websocket':
      return 'With its messages, for browsers';
    case 'grpc':
      return 'The call with its bodies, for browsers and proxies';
    default:
      return 'For browsers and proxies';
  }
}
