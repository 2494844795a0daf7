import { css, cx } from '@emotion/css';
import React, { useId, useMemo } from 'react';
import { dateTimeFormat, type GrafanaTheme2 } from '@grafana/data';
import { useStyles2, useTheme2 } from '@grafana/ui';

import { useElementWidth } from '../../hooks/useElementWidth';
import type { Diagram } from '../../types/diagram';
import { testIds } from '../testIds';
import { fit, HEAD, layoutOf, type PlacedStep } from './layout';

interface Props {
  diagram: Diagram;
  /** Opens the recording that a step belongs to. */
  onOpen?: (recordingId: string) => void;
}

/** A sequence diagram: lifelines of consumers, gateways and upstreams, and what passed between them from top to bottom. */
export function SequenceDiagram({ diagram, onOpen }: Props) {
  const theme = useTheme2();
  const styles = useStyles2(getStyles);
  const [ref, available] = useElementWidth();
  const layout = useMemo(() => layoutOf(diagram, available), [diagram, available]);
  const id = useId();
  const marker = (color: 'plain' | 'failed' | 'injected') => `${id}-${color}`;
  const colors = {
    plain: theme.colors.text.secondary,
    failed: theme.colors.error.text,
    injected: theme.visualization.getColorByName('purple'),
  };

  return (
    <div ref={ref} className={styles.scroll}>
      {available > 0 && (
        <svg
          width={layout.width}
          height={layout.height}
          role="img"
          aria-label={diagram.title || `Sequence diagram of ${diagram.exchanges} exchanges`}
        >
          <defs>
            {Object.entries(colors).map(([name, color]) => (
              <marker
                key={name}
                id={marker(name as keyof typeof colors)}
                viewBox="0 0 8 8"
                refX="7"
                refY="4"
                markerWidth="8"
                markerHeight="8"
                orient="auto-start-reverse"
              >
                <path d="M0,0.5 L7.5,4 L0,7.5 z" fill={color} />
              </marker>
            ))}
          </defs>
          {diagram.participants.map((participant, i) => (
            <g key={`${participant.kind} ${participant.name}`}>
              <line
                x1={layout.lanes[i]}
                x2={layout.lanes[i]}
                y1={HEAD}
                y2={layout.height - 8}
                stroke={theme.colors.border.strong}
                strokeDasharray="2 4"
              />
              <rect
                x={layout.lanes[i] - Math.min(layout.lane - 16, 200) / 2}
                y={4}
                width={Math.min(layout.lane - 16, 200)}
                height={HEAD - 8}
                rx={4}
                fill={theme.colors.background.secondary}
                stroke={theme.colors.border.medium}
              />
              <text className={styles.name} x={layout.lanes[i]} y={21} textAnchor="middle">
                {fit(participant.name, Math.min(layout.lane - 16, 200) - 16)}
                <title>{participant.name}</title>
              </text>
              <text className={styles.kind} x={layout.lanes[i]} y={34} textAnchor="middle">
                {participant.kind}
              </text>
            </g>
          ))}
          {layout.steps.map((placed, i) => (
            <g
              key={i}
              className={cx(onOpen && styles.step)}
              onClick={() => onOpen?.(placed.step.recording_id)}
              data-testid={testIds.diagram.step}
              data-kind={placed.step.kind}
            >
              <title>{`${dateTimeFormat(placed.step.at, { format: 'HH:mm:ss.SSS' })}  ${placed.step.text}`}</title>
              <rect
                x={Math.min(placed.x1, placed.x2) - 4}
                y={placed.y - 20}
                width={Math.abs(placed.x2 - placed.x1) + 8}
                height={26}
                fill="transparent"
              />
              {placed.step.kind === 'note' ? (
                <Note placed={placed} width={layout.lane - 24} />
              ) : (
                <Arrow placed={placed} color={colorOf(placed)} marker={`url(#${marker(keyOf(placed))})`} />
              )}
            </g>
          ))}
        </svg>
      )}
    </div>
  );

  function keyOf({ step }: PlacedStep): keyof typeof colors {
    return step.failed && step.kind !== 'request' ? 'failed' : 'plain';
  }
  function colorOf(placed: PlacedStep): string {
    return colors[keyOf(placed)];
  }
}

function Arrow({ placed, color, marker }: { placed: PlacedStep; color: string; marker: string }) {
  const styles = useStyles2(getStyles);
  const { step, x1, x2, y } = placed;
  const direction = x2 >= x1 ? 1 : -1;
  const end = step.kind === 'lost' ? x1 + (x2 - x1) * 0.7 : x2 - direction;
  return (
    <>
      <line
        x1={x1}
        x2={end}
        y1={y}
        y2={y}
        stroke={color}
        strokeWidth={1.25}
        strokeDasharray={step.kind === 'request' ? undefined : '5 4'}
        markerEnd={step.kind === 'lost' ? undefined : marker}
      />
      {step.kind === 'lost' && (
        <path d={`M${end - 5},${y - 5} l10,10 m0,-10 l-10,10`} stroke={color} strokeWidth={2} fill="none" />
      )}
      <text
        className={styles.text}
        x={(x1 + x2) / 2}
        y={y - 5}
        textAnchor="middle"
        fill={step.failed && step.kind !== 'request' ? color : undefined}
      >
        {fit(step.text, Math.abs(x2 - x1) - 16)}
      </text>
    </>
  );
}

function Note({ placed, width }: { placed: PlacedStep; width: number }) {
  const theme = useTheme2();
  const styles = useStyles2(getStyles);
  const text = fit(placed.step.text, width - 12);
  const box = Math.min(width, text.length * 6.2 + 16);
  const purple = theme.visualization.getColorByName('purple');
  return (
    <>
      <rect
        x={placed.x1 - box / 2}
        y={placed.y - 17}
        width={box}
        height={21}
        rx={3}
        fill={theme.colors.background.primary}
      />
      <rect
        x={placed.x1 - box / 2}
        y={placed.y - 17}
        width={box}
        height={21}
        rx={3}
        fill={purple}
        fillOpacity={0.18}
        stroke={purple}
      />
      <text className={styles.text} x={placed.x1} y={placed.y - 2.5} textAnchor="middle">
        {text}
      </text>
    </>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  scroll: css({ width: '100%', overflowX: 'auto' }),
  name: css({ fill: theme.colors.text.primary, fontSize: 13, fontWeight: theme.typography.fontWeightMedium }),
  kind: css({ fill: theme.colors.text.secondary, fontSize: 10 }),
  text: css({ fontSize: 11.5, fill: theme.colors.text.primary, '&[fill]': { fill: theme.colors.error.text } }),
  step: css({ cursor: 'pointer', '&:hover > rect:first-of-type': { fill: theme.colors.action.hover } }),
});
