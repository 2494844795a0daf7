import { css, cx } from '@emotion/css';
import React from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { Icon, useStyles2 } from '@grafana/ui';

import type { Message } from '../../types/recording';
import { bytes, duration } from '../../types/recordingWords';
import { isDump, messageText } from './messageText';

/** What is not written as it is stored. */
const kindLabels: Readonly<Record<string, string>> = { grpc: 'gRPC' };

/** The messages of a stream in order, each with its direction and its moment. */
export function Messages({ messages }: { messages: readonly Message[] }) {
  const styles = useStyles2(getStyles);
  return (
    <ol className={styles.list}>
      {messages.map((message, i) => (
        <li key={i} className={cx(styles.message, message.direction === 'in' ? styles.fromClient : styles.toClient)}>
          <div className={styles.head}>
            <Icon name={message.direction === 'in' ? 'arrow-right' : 'arrow-left'} />
            {message.direction === 'in' ? 'from the client' : 'to the client'},{' '}
            {kindLabels[message.kind] ?? message.kind}, {bytes(message.body.size)}
            {message.body.truncated && ', truncated'}
            <span className={styles.offset}>+{duration(message.offset_ms)}</span>
          </div>
          {message.body.content && (
            <pre className={cx(styles.body, isDump(message) && styles.columns)}>{messageText(message)}</pre>
          )}
        </li>
      ))}
    </ol>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  list: css({ listStyle: 'none', display: 'flex', flexDirection: 'column', gap: theme.spacing(1) }),
  message: css({ border: `1px solid ${theme.colors.border.weak}`, borderRadius: theme.shape.radius.default }),
  // As in a conversation: the client speaks from the left.
  fromClient: css({ marginRight: '12%', borderLeft: `3px solid ${theme.visualization.getColorByName('blue')}` }),
  toClient: css({ marginLeft: '12%', borderRight: `3px solid ${theme.visualization.getColorByName('green')}` }),
  head: css({
    display: 'flex',
    alignItems: 'center',
    gap: theme.spacing(1),
    padding: theme.spacing(0.5, 1),
    color: theme.colors.text.secondary,
  }),
  offset: css({ marginLeft: 'auto', fontVariantNumeric: 'tabular-nums' }),
  body: css({
    margin: 0,
    border: 'none',
    maxHeight: 240,
    overflow: 'auto',
    whiteSpace: 'pre-wrap',
    overflowWrap: 'anywhere',
    fontSize: theme.typography.bodySmall.fontSize,
  }),
  columns: css({ whiteSpace: 'pre' }),
});
