import { css } from '@emotion/css';
import React, { useCallback } from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { Button, ClipboardButton, LoadingPlaceholder, Modal, useStyles2 } from '@grafana/ui';

import { getRecordingExport, recordingExportUrl } from '../../api/exports';
import { useLoad } from '../../hooks/useLoad';
import type { Recording } from '../../types/recording';
import { download } from '../download';
import { Problem } from '../Problem';
import { testIds } from '../testIds';

interface Props {
  recording: Recording;
  onClose: () => void;
}

/** The recording as a stub answer, to be put into the configuration of a gateway. */
export function MockDialog({ recording, onClose }: Props) {
  const styles = useStyles2(getStyles);
  const load = useCallback((signal: AbortSignal) => getRecordingExport(recording.id, 'mocks', signal), [recording.id]);
  const { data: text, error, reload } = useLoad(load);
  return (
    <Modal title="Make this a mock" isOpen onDismiss={onClose} className={styles.modal}>
      <div data-testid={testIds.recording.mock}>
        <p>
          Add this to the gateway <strong>{recording.gateway}</strong> in the configuration of its collectors, below{' '}
          <code>extensions: mockforge: gateways:</code>. It then answers such requests by itself, as it was recorded;
          what was redacted stays so.
        </p>
        {error && <Problem error={error} title="This cannot be made a mock" onRetry={reload} />}
        {!text && !error && <LoadingPlaceholder text="Writing the mock" />}
        {text && <pre className={styles.text}>{text}</pre>}
      </div>
      <Modal.ButtonRow>
        <Button variant="secondary" fill="outline" onClick={onClose}>
          Close
        </Button>
        <Button
          variant="secondary"
          icon="download-alt"
          disabled={!text}
          onClick={() => download(recordingExportUrl(recording.id, 'mocks'))}
        >
          Download
        </Button>
        <ClipboardButton icon="copy" disabled={!text} getText={() => text ?? ''}>
          Copy
        </ClipboardButton>
      </Modal.ButtonRow>
    </Modal>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  modal: css({ width: 760, maxWidth: '95vw' }),
  text: css({ maxHeight: '50vh', overflow: 'auto', fontSize: theme.typography.bodySmall.fontSize }),
});
