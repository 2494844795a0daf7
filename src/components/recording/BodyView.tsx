import { css, cx } from '@emotion/css';
import React, { useMemo, useState } from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { Badge, Button, ClipboardButton, JSONFormatter, RadioButtonGroup, Stack, useStyles2 } from '@grafana/ui';

import type { Body } from '../../types/recording';
import { bytes } from '../../types/recordingWords';
import { download } from '../download';
import { testIds } from '../testIds';
import { hexOf, imageOf, isText, jsonOf } from './bodyText';

type View = 'tree' | 'image' | 'raw' | 'hex';

const labels: Record<View, string> = { tree: 'Formatted', image: 'Image', raw: 'Raw', hex: 'Hex' };

interface Props {
  title: string;
  body: Body;
  /** What its header says it is. */
  contentType?: string;
  /** Where the browser gets what was kept, as it is. */
  url?: string;
}

/** A captured body: JSON as a tree, images as such, anything else as text, or byte by byte. */
export function BodyView({ title, body, contentType, url }: Props) {
  const styles = useStyles2(getStyles);
  const [chosen, setView] = useState<View>();
  const json = useMemo(() => jsonOf(body), [body]);
  const image = useMemo(() => imageOf(body, contentType), [body, contentType]);
  const views: View[] = [];
  if (json) {
    views.push('tree');
  }
  if (image) {
    views.push('image');
  }
  const readable = useMemo(() => isText(body), [body]);
  if (readable) {
    views.push('raw', 'hex');
  } else if (body.encoding === 'utf8') {
    views.push('hex', 'raw');
  } else {
    views.push('hex');
  }
  const view = chosen && views.includes(chosen) ? chosen : views[0];
  const text = useMemo(() => (view === 'hex' ? hexOf(body) : view === 'raw' ? body.content : ''), [view, body]);

  return (
    <section aria-label={title} data-testid={testIds.recording.body}>
      <Stack direction="row" gap={1} alignItems="center" wrap="wrap">
        <h5 className={styles.title}>{title}</h5>
        <span className={styles.weak}>{bytes(body.size)}</span>
        {body.truncated && <Badge color="orange" text="truncated" tooltip="Only the beginning was kept" />}
        {body.redacted && (
          <Badge color="blue" icon="shield" text="redacted" tooltip="Secrets were masked before storing" />
        )}
        {body.content && !readable && <Badge color="darkgrey" text="binary" />}
        <div className={styles.actions}>
          {body.content && views.length > 1 && (
            <RadioButtonGroup
              size="sm"
              options={views.map((value) => ({ value, label: labels[value] }))}
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
          {body.content && url && (
            <Button
              size="sm"
              variant="secondary"
              fill="text"
              icon="download-alt"
              aria-label={`Download ${title.toLowerCase()}`}
              onClick={() => download(url)}
            />
          )}
        </div>
      </Stack>
      {!body.content && <p className={styles.weak}>{body.size > 0 ? 'The content was not captured.' : 'Empty.'}</p>}
      {body.content && view === 'tree' && json && (
        <div className={styles.box}>
          <JSONFormatter json={json} open={3} />
        </div>
      )}
      {body.content && view === 'image' && image && (
        <div className={styles.box}>
          <img className={styles.image} src={image} alt={`${title} as an image`} />
        </div>
      )}
      {body.content && (view === 'raw' || view === 'hex') && (
        <pre className={cx(styles.box, view === 'hex' && styles.columns)}>{text}</pre>
      )}
    </section>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  title: css({ margin: 0 }),
  weak: css({ color: theme.colors.text.secondary }),
  // Whatever its colours, also transparent ones, can be told from the ground.
  image: css({
    display: 'block',
    maxWidth: '100%',
    maxHeight: '55vh',
    backgroundImage: 'repeating-conic-gradient(rgba(128, 128, 128, 0.25) 0% 25%, transparent 0% 50%)',
    backgroundSize: '16px 16px',
  }),
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
  columns: css({ whiteSpace: 'pre' }),
});
