import { css } from '@emotion/css';
import React from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';

import type { BodyDiff } from '../../types/replay';
import { DiffLines } from './DiffLines';
import { JsonDiff } from './JsonDiff';

/** What differs in a body: in JSON by place, in text by line. */
export function BodyDifference({ body }: { body: BodyDiff }) {
  const styles = useStyles2(getStyles);
  return (
    <>
      {body.changes?.length ? <JsonDiff differences={body.changes} /> : null}
      {body.lines?.length ? <DiffLines lines={body.lines} /> : null}
      {!body.changes?.length && !body.lines?.length && (
        <p className={styles.weak}>
          {body.format === 'binary' ? 'Binary content, of another checksum.' : 'It differs as a whole.'}
        </p>
      )}
      {body.more && <p className={styles.weak}>There are more differences than are shown.</p>}
    </>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  weak: css({ color: theme.colors.text.secondary, margin: 0 }),
});
