import { css } from '@emotion/css';
import React from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';

import type { MessageDiff, MessagesDiff } from '../../types/replay';
import { testIds } from '../testIds';
import { BodyDifference } from './BodyDifference';

/** The messages of the upstream that differ, each by its place among them. */
export function MessagesDifference({ messages }: { messages: MessagesDiff }) {
  const styles = useStyles2(getStyles);
  return (
    <section aria-label="Messages">
      <h5>Messages</h5>
      <ol className={styles.list}>
        {(messages.different ?? []).map((message) => (
          <li key={message.number} data-testid={testIds.replay.message} data-kind={message.kind}>
            <div className={styles.head}>
              Message {message.number}
              {message.body ? '' : `: ${wordsOf(message)}`}
            </div>
            {message.body && <BodyDifference body={message.body} />}
          </li>
        ))}
      </ol>
    </section>
  );
}

function wordsOf({ kind }: MessageDiff): string {
  switch (kind) {
    case 'added':
      return 'new, was not recorded';
    case 'removed':
      return 'recorded, did not come';
    default:
      return 'is of another kind';
  }
}

const getStyles = (theme: GrafanaTheme2) => ({
  list: css({ listStyle: 'none', display: 'flex', flexDirection: 'column', gap: theme.spacing(1) }),
  head: css({ color: theme.colors.text.secondary, marginBottom: theme.spacing(0.5) }),
});
