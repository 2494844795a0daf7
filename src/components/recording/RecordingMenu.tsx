import React, { useState } from 'react';
import { Button, Dropdown, Menu } from '@grafana/ui';

import { recordingExportUrl } from '../../api/exports';
import type { Recording } from '../../types/recording';
import { download } from '../download';
import { testIds } from '../testIds';
import { MockDialog } from './MockDialog';

/** What can be made of one recording. */
export function RecordingMenu({ recording }: { recording: Recording }) {
  const [mock, setMock] = useState(false);
  const file = (format: 'har' | 'k6' | 'curl', label: string, description: string) => (
    <Menu.Item
      label={label}
      description={description}
      icon="download-alt"
      onClick={() => download(recordingExportUrl(recording.id, format))}
      testId={testIds.recordings.exportAs(format)}
    />
  );
  const overlay = () => (
    <Menu>
      <Menu.Item
        label="Make this a mock"
        description="A stub for a gateway that answers the same"
        icon="copy"
        onClick={() => setMock(true)}
        testId={testIds.recording.makeMock}
      />
      <Menu.Divider />
      {file('har', 'HAR', 'For browsers and proxies')}
      {file('curl', 'curl', 'As a shell script')}
      {file('k6', 'k6 script', 'As a load test')}
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
