import { css } from '@emotion/css';
import React, { useMemo, useState } from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { Badge, ClipboardButton, JSONFormatter, RadioButtonGroup, Stack, useStyles2 } from '@grafana/ui';

import type { Body } from '../../types/recording';
import { bytes } from '../../types/recordingWords';
import { testIds } from '../testIds';
import { jsonOf, rawOf } from './bodyText';

/** A captured body: JSON as a tree, anything else as text, binary as a hex dump. */
export function BodyView({ title, body }: { title: string; body: Body }) {
  const styles = useStyles2(getStyles);
  const [view, setView] = useState<'tree' | 'raw'>('tree');
  const json = useMemo(() => jsonOf(body), [body]);
  const raw = useMemo(() => rawOf(body), [body]);

  return (
    <section aria-label={title} data-testid={testIds.recording.body}>
      <Stack direction="row" gap={1} alignItems="center" wrap="wrap">
        <h5 className={styles.title}>{title}</h5>
        <span className={styles.weak}>{bytes(body.size)}</span>
        {body.truncated && <Badge color="orange" text="truncated" tooltip="Only the beginning was kept" />}
        {body.redacted && (
          <Badge color="blue" icon="shield" text="redacted" tooltip="Secrets were masked before storing" />
        )}
        {body.encoding === 'base64' && <Badge color="darkgrey" text="binary" />}
        <div className={styles.actions}>
          {json && (
            <RadioButtonGroup
              size="sm"
              options={[
                { value: 'tree', label: 'Formatted' },
                { value: 'raw', label: 'Raw' },
              ]}
              value={view}
              onChange={setView}
            />
          )}
          {body.content && (
            <ClipboardButton
              size="sm"
              variant="secondary"
              fill="text"
              icon="copy"
              getText={() => body.content}
              aria-label={`Copy ${title.toLowerCase()}`}
            />
          )}
        </div>
      </Stack>
      {!body.content && <p className={styles.weak}>{body.size > 0 ? 'The content was not captured.' : 'Empty.'}</p>}
      {body.content &&
        (json && view === 'tree' ? (
          <div className={styles.box}>
            <JSONFormatter json={json} open={3} />
          </div>
        ) : (
          <pre className={styles.box}>{raw}</pre>
        ))}
    </section>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  title: css({ margin: 0 }),
  weak: css({ color: theme.colors.text.secondary }),
  actions: css({ display: 'flex', gap: theme.spacing(1), marginLeft: 'auto', minHeight: 28 }),
  box: css({
    marginTop: theme.spacing(1),
    padding: theme.spacing(1, 1.5),
    maxHeight: '60vh',
    overflow: 'auto',
    background: theme.colors.background.canvas,
    border: `1px solid ${theme.colors.border.weak}`,
    borderRadius: theme.shape.radius.default,
    fontFamily: theme.typography.fontFamilyMonospace,
    fontSize: theme.typography.bodySmall.fontSize,
    whiteSpace: 'pre-wrap',
    overflowWrap: 'anywhere',
  }),
});
