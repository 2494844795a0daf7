import { css } from '@emotion/css';
import React, { useState } from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { Button, Drawer, useStyles2 } from '@grafana/ui';

import { useHistory } from '../../hooks/useHistory';
import type { Change } from '../../types/scenario';
import { Problem } from '../Problem';
import { Section } from '../Section';
import { testIds } from '../testIds';
import { ChangeEntry } from './ChangeEntry';
import { ModeRibbon } from './ModeRibbon';

/** Changes that the page itself shows; all of them are in the drawer. */
const SHOWN = 6;

/** The latest changes: who, when, what, why; and the modes of their time. */
export function History({ changes }: { changes: readonly Change[] }) {
  const styles = useStyles2(getStyles);
  const [open, setOpen] = useState(false);
  return (
    <Section
      title="Latest changes"
      testId={testIds.controlCenter.history}
      actions={
        changes.length > 0 && (
          <Button
            size="sm"
            variant="secondary"
            icon="history"
            onClick={() => setOpen(true)}
            data-testid={testIds.controlCenter.allChanges}
          >
            All changes
          </Button>
        )
      }
    >
      {changes.length === 0 && <div className={styles.weak}>Nothing was changed yet.</div>}
      <ModeRibbon changes={changes.slice(0, 20)} />
      <ol className={styles.list}>
        {changes.slice(0, SHOWN).map((change) => (
          <ChangeEntry key={change.version} change={change} withDiff={false} />
        ))}
      </ol>
      {open && <HistoryDrawer latest={changes} onClose={() => setOpen(false)} />}
    </Section>
  );
}

function HistoryDrawer({ latest, onClose }: { latest: readonly Change[]; onClose: () => void }) {
  const styles = useStyles2(getStyles);
  const { changes, loading, error, more } = useHistory(latest);
  return (
    <Drawer
      title="All changes"
      subtitle="Who changed the scenario, when, why, and what was different since."
      size="md"
      onClose={onClose}
    >
      <div className={styles.all}>
        <ModeRibbon changes={changes} />
        <ol className={styles.list}>
          {changes.map((change, i) => (
            <ChangeEntry
              key={change.version}
              change={change}
              previous={changes[i + 1]}
              // Without the change before it, the last one could only be compared with nothing.
              withDiff={i + 1 < changes.length || !more}
            />
          ))}
        </ol>
        {error && <Problem error={error} title="Older changes could not be loaded" onRetry={more} />}
        {more && (
          <Button variant="secondary" icon={loading ? 'spinner' : undefined} disabled={loading} onClick={more}>
            Load older changes
          </Button>
        )}
      </div>
    </Drawer>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  list: css({ listStyle: 'none', display: 'flex', flexDirection: 'column', gap: theme.spacing(1.25) }),
  weak: css({ color: theme.colors.text.secondary }),
  all: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(2), paddingBottom: theme.spacing(2) }),
});
