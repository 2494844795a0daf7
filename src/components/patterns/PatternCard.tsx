import { css } from '@emotion/css';
import React from 'react';
import { dateTimeFormat, type GrafanaTheme2 } from '@grafana/data';
import { Badge, Button, LinkButton, useStyles2, useTheme2 } from '@grafana/ui';

import { PLUGIN_BASE_URL, ROUTES } from '../../constants';
import { percent } from '../../types/figureWords';
import type { Pattern } from '../../types/pattern';
import { evidenceOf, evidenceSearch } from '../../types/patternLinks';
import { causeOf, factsOf, occurrences } from '../../types/patternWords';
import { testIds } from '../testIds';
import { PatternDrawing } from './PatternDrawing';

interface Props {
  pattern: Pattern;
  onDiagram: (pattern: Pattern) => void;
}

/** One finding: in words, drawn, how sure it is, and the way to what shows it. */
export function PatternCard({ pattern, onDiagram }: Props) {
  const theme = useTheme2();
  const styles = useStyles2(getStyles);
  const consumer = pattern.metadata?.consumer;
  const cause = causeOf(pattern);
  const facts = factsOf(pattern);
  return (
    <article
      className={styles.card}
      data-testid={testIds.patterns.pattern}
      data-type={pattern.pattern_type}
      data-kind={pattern.metadata?.kind}
    >
      <h4 className={styles.words}>{pattern.description}</h4>
      <div className={styles.badges}>
        <Badge color="blue" icon="user" text={consumer || 'any consumer'} />
        {(pattern.metadata?.gateways ?? []).map((gateway) => (
          <Badge key={gateway} color="darkgrey" text={gateway} />
        ))}
        {cause && (
          <Badge
            color={cause.injected ? 'purple' : 'orange'}
            icon={cause.injected ? 'bolt' : undefined}
            text={cause.text}
          />
        )}
      </div>
      <PatternDrawing pattern={pattern} />
      {facts.length > 0 && <p className={styles.facts}>{facts.join(', ')}</p>}
      <dl className={styles.figures}>
        <div>
          <dt>Confidence</dt>
          <dd className={styles.confidence}>
            <span className={styles.track} aria-hidden>
              <span
                style={{
                  width: `${pattern.confidence * 100}%`,
                  background: theme.visualization.getColorByName('green'),
                }}
              />
            </span>
            {percent(pattern.confidence)}
          </dd>
        </div>
        <div>
          <dt>Seen in</dt>
          <dd>{occurrences(pattern)}</dd>
        </div>
        <div>
          <dt>Last seen</dt>
          <dd title={`First ${moment(pattern.first_seen)}, last ${moment(pattern.last_seen)}`}>
            {moment(pattern.last_seen)}
          </dd>
        </div>
      </dl>
      <div className={styles.actions}>
        <LinkButton
          size="sm"
          variant="secondary"
          icon="list-ul"
          href={`${PLUGIN_BASE_URL}/${ROUTES.recordings}?${evidenceSearch(pattern)}`}
          data-testid={testIds.patterns.evidence}
        >
          Show recordings
        </LinkButton>
        {consumer && evidenceOf(pattern) && (
          <Button
            size="sm"
            variant="secondary"
            icon="exchange-alt"
            onClick={() => onDiagram(pattern)}
            data-testid={testIds.patterns.diagram}
          >
            Sequence diagram
          </Button>
        )}
      </div>
    </article>
  );
}

function moment(time: string): string {
  const sameDay = new Date(time).toDateString() === new Date().toDateString();
  return dateTimeFormat(time, { format: sameDay ? 'HH:mm:ss' : 'MMM D, HH:mm' });
}

const getStyles = (theme: GrafanaTheme2) => ({
  card: css({
    display: 'flex',
    flexDirection: 'column',
    gap: theme.spacing(1.5),
    padding: theme.spacing(2),
    minWidth: 0,
    background: theme.colors.background.primary,
    border: `1px solid ${theme.colors.border.weak}`,
    borderRadius: theme.shape.radius.default,
  }),
  words: css({
    ...theme.typography.body,
    fontWeight: theme.typography.fontWeightMedium,
    margin: 0,
    overflowWrap: 'anywhere',
  }),
  badges: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(0.5) }),
  facts: css({ margin: 0, color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize }),
  figures: css({
    display: 'flex',
    flexWrap: 'wrap',
    gap: theme.spacing(1, 3),
    margin: 0,
    marginTop: 'auto',
    '& dt': {
      color: theme.colors.text.secondary,
      fontSize: theme.typography.bodySmall.fontSize,
      fontWeight: theme.typography.fontWeightRegular,
    },
    '& dd': { margin: 0, fontVariantNumeric: 'tabular-nums' },
  }),
  confidence: css({ display: 'flex', alignItems: 'center', gap: theme.spacing(1) }),
  track: css({
    display: 'flex',
    width: 64,
    height: 6,
    borderRadius: 3,
    overflow: 'hidden',
    background: theme.colors.background.secondary,
  }),
  actions: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(1) }),
});
