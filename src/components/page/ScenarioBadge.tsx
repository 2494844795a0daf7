import { css } from '@emotion/css';
import React from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { Button, Icon, Tooltip, useStyles2, useTheme2 } from '@grafana/ui';

import { canWrite } from '../../api/user';
import { PLUGIN_BASE_URL, ROUTES } from '../../constants';
import { useNow } from '../../hooks/useNow';
import { useScenario } from '../../hooks/useScenario';
import { summarize } from '../../types/behavior';
import { isUnharmed } from '../../types/scenario';
import { count } from '../../types/sentence';
import { lookOf, modeColor } from '../modes/modeLook';
import { reachTitle } from '../status/ReachAlert';
import { countdown } from '../status/words';
import { testIds } from '../testIds';

/** What is in force, in the head of every page, with the way back to healthy. Nothing while that is not known. */
export function ScenarioBadge() {
  const theme = useTheme2();
  const styles = useStyles2(getStyles);
  const now = useNow();
  const {
    scenario: { data: scenario },
    pending,
    failure,
    reach,
    stop,
  } = useScenario();
  const stopping = pending !== undefined;
  if (!scenario) {
    return null;
  }
  const expiresAt = scenario.expires_at ? Date.parse(scenario.expires_at) : undefined;
  const expired = expiresAt !== undefined && expiresAt <= now;
  const mode = expired ? 'healthy' : scenario.mode;
  const color = modeColor(theme, mode);
  const harmless = expired || isUnharmed(scenario);
  const extras = [
    scenario.latency && 'latency',
    scenario.faults?.length && count(scenario.faults.length, 'fault'),
    scenario.rules?.length && count(scenario.rules.length, 'rule'),
  ].filter(Boolean);

  return (
    <div className={styles.badge} data-testid={testIds.scenarioBadge.container} data-mode={mode}>
      <Tooltip content={`${summarize(expired ? { mode } : scenario)}. Open the control center`}>
        <a className={styles.mode} style={{ borderColor: color }} href={`${PLUGIN_BASE_URL}/${ROUTES.controlCenter}`}>
          <Icon name={lookOf(mode).icon} style={{ color }} />
          <span>{lookOf(mode).label}</span>
          {!expired && extras.length > 0 && <span className={styles.weak}>with {extras.join(', ')}</span>}
          {expiresAt !== undefined && !expired && <span className={styles.weak}>{countdown(expiresAt - now)}</span>}
        </a>
      </Tooltip>
      {!harmless && canWrite() && (
        <Button
          variant="destructive"
          size="sm"
          icon={stopping ? 'spinner' : 'heart'}
          disabled={stopping}
          onClick={() => stop()}
          data-testid={testIds.scenarioBadge.stop}
        >
          Return to healthy
        </Button>
      )}
      {reach && (
        <Tooltip content={[reachTitle(reach), reach.detail].filter(Boolean).join('. ')}>
          <span className={styles.weak} data-testid={testIds.scenarioBadge.reach}>
            <Icon name="exclamation-triangle" style={{ color: theme.colors.warning.text }} /> {reachTitle(reach)}
          </span>
        </Tooltip>
      )}
      {failure && (
        <Tooltip content={failure.message}>
          <Icon name="exclamation-triangle" style={{ color: theme.colors.error.text }} aria-label={failure.message} />
        </Tooltip>
      )}
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  badge: css({ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: theme.spacing(1) }),
  mode: css({
    display: 'inline-flex',
    alignItems: 'center',
    gap: theme.spacing(0.75),
    padding: theme.spacing(0.25, 1.25),
    border: '1px solid',
    borderRadius: theme.shape.radius.pill,
    background: theme.colors.background.secondary,
    '&:hover': { background: theme.colors.action.hover },
  }),
  weak: css({ color: theme.colors.text.secondary, fontVariantNumeric: 'tabular-nums' }),
});
