import { css } from '@emotion/css';
import React from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2, useTheme2 } from '@grafana/ui';

import type { Pattern } from '../../types/pattern';
import { seconds } from '../../types/patternWords';
import { testIds } from '../testIds';
import { fit } from '../diagram/layout';

const WIDTH = 340;
const HEIGHT = 72;

/** A pattern as a small drawing: an arrow for a sequence, ticks for a period, a chain for retries, bars for a burst. */
export function PatternDrawing({ pattern }: { pattern: Pattern }) {
  const styles = useStyles2(getStyles);
  const drawing = draw(pattern);
  return drawing ? (
    <svg
      className={styles.drawing}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={pattern.description}
      data-testid={testIds.patterns.drawing}
      data-kind={pattern.metadata?.kind}
    >
      {drawing}
    </svg>
  ) : null;
}

function draw(pattern: Pattern): React.ReactNode {
  switch (pattern.metadata?.kind) {
    case 'precedes':
      return <Sequence pattern={pattern} />;
    case 'periodic':
      return <Period pattern={pattern} />;
    case 'retry_exhausted':
    case 'retry_recovered':
      return <Retries pattern={pattern} />;
    case 'error_burst':
      return <Burst pattern={pattern} />;
    default:
      return null;
  }
}

function Sequence({ pattern }: { pattern: Pattern }) {
  const theme = useTheme2();
  const styles = useStyles2(getStyles);
  const [first = '', then = ''] = pattern.metadata?.routes ?? [];
  const lag = pattern.metadata?.lag_seconds;
  const box = 138;
  const blue = theme.visualization.getColorByName('blue');
  const boxAt = (x: number, text: string) => {
    const [verb, call] = split(text);
    return (
      <>
        <rect x={x} y={14} width={box} height={44} rx={4} fill={blue} fillOpacity={0.14} stroke={blue} />
        <text x={x + box / 2} y={verb ? 32 : 40} textAnchor="middle" className={verb ? styles.weak : styles.text}>
          {verb || fit(call, box - 10, 6.2)}
          <title>{text}</title>
        </text>
        {verb && (
          <text x={x + box / 2} y={48} textAnchor="middle" className={styles.text}>
            {fit(call, box - 10, 6.2)}
            <title>{text}</title>
          </text>
        )}
      </>
    );
  };
  return (
    <>
      {boxAt(1, first)}
      {boxAt(WIDTH - box - 1, then)}
      <line x1={box + 5} x2={WIDTH - box - 13} y1={36} y2={36} stroke={theme.colors.text.secondary} strokeWidth={1.5} />
      <path d={`M${WIDTH - box - 14},31 l9,5 l-9,5 z`} fill={theme.colors.text.secondary} />
      {lag !== undefined && (
        <text x={WIDTH / 2} y={28} textAnchor="middle" className={styles.weak}>
          {seconds(lag)}
        </text>
      )}
    </>
  );
}

// "GET /users" is a method and a path, "query Products" a kind and a name, "shop.v1.Shop/GetProduct" a service and a method.
function split(call: string): [string, string] {
  const space = call.indexOf(' ');
  if (space > 0) {
    return [call.slice(0, space), call.slice(space + 1)];
  }
  const slash = call.lastIndexOf('/');
  return slash > 0 && !call.startsWith('/') ? [call.slice(0, slash), call.slice(slash + 1)] : ['', call];
}

function Period({ pattern }: { pattern: Pattern }) {
  const theme = useTheme2();
  const styles = useStyles2(getStyles);
  const { period_seconds: period = 0, jitter_seconds: jitter = 0 } = pattern.metadata ?? {};
  const orange = theme.visualization.getColorByName('orange');
  const ticks = 6;
  const gap = (WIDTH - 40) / (ticks - 1);
  // The width of a tick is how much its moment varies.
  const blur = Math.max(3, Math.min(gap * 0.8, period > 0 ? (2 * jitter * gap) / period : 3));
  return (
    <>
      <line x1={4} x2={WIDTH - 4} y1={52} y2={52} stroke={theme.colors.border.strong} />
      {Array.from({ length: ticks }, (_, i) => (
        <g key={i}>
          <rect x={20 + i * gap - blur / 2} y={28} width={blur} height={24} rx={1.5} fill={orange} fillOpacity={0.35} />
          <line x1={20 + i * gap} x2={20 + i * gap} y1={28} y2={52} stroke={orange} strokeWidth={2} />
        </g>
      ))}
      <path d={`M${20 + 2 * gap},9 v-5 h${gap} v5`} stroke={theme.colors.text.secondary} fill="none" />
      <text x={20 + 2.5 * gap} y={22} textAnchor="middle" className={styles.weak}>
        {seconds(period)}
      </text>
      <text x={WIDTH - 4} y={67} textAnchor="end" className={styles.weak}>
        time
      </text>
    </>
  );
}

function Retries({ pattern }: { pattern: Pattern }) {
  const theme = useTheme2();
  const styles = useStyles2(getStyles);
  const retries = Math.max(1, Math.min(6, pattern.metadata?.retries ?? 1));
  const recovered = pattern.metadata?.kind === 'retry_recovered';
  const red = theme.visualization.getColorByName('red');
  const green = theme.visualization.getColorByName('green');
  const status = Object.entries(pattern.metadata?.statuses ?? {}).sort(([, a], [, b]) => b - a)[0]?.[0];
  const calls = retries + 1;
  const gap = Math.min(90, (WIDTH - 60) / Math.max(1, calls));
  return (
    <>
      {Array.from({ length: calls }, (_, i) => {
        const fine = recovered && i === calls - 1;
        const x = 24 + i * gap;
        const color = fine ? green : red;
        return (
          <g key={i}>
            {i > 0 && (
              <line
                x1={x - gap + 17}
                x2={x - 17}
                y1={32}
                y2={32}
                stroke={theme.colors.text.secondary}
                strokeDasharray="3 3"
              />
            )}
            <circle cx={x} cy={32} r={16} fill={color} fillOpacity={0.18} stroke={color} />
            <text x={x} y={36} textAnchor="middle" className={styles.text}>
              {fine ? 'ok' : status === '0' || !status ? '×' : status}
            </text>
            <text x={x} y={63} textAnchor="middle" className={styles.weak}>
              {i === 0 ? 'call' : `retry ${i}`}
            </text>
          </g>
        );
      })}
      {!recovered && (
        <text x={24 + calls * gap - gap / 2 + 4} y={36} className={styles.weak}>
          gives up
        </text>
      )}
    </>
  );
}

function Burst({ pattern }: { pattern: Pattern }) {
  const theme = useTheme2();
  const styles = useStyles2(getStyles);
  const { support = 0, calls = 0 } = pattern.metadata ?? {};
  const share = calls > 0 ? support / calls : 1;
  const red = theme.visualization.getColorByName('red');
  const green = theme.visualization.getColorByName('green');
  const bars = 34;
  const width = (WIDTH - 8) / bars;
  return (
    <>
      {Array.from({ length: bars }, (_, i) => {
        const inside = i >= bars / 3 && i < (2 * bars) / 3;
        // Spread evenly over the burst: the drawing is of the share, not of single calls.
        const failed = inside && Math.floor((i + 1) * share) > Math.floor(i * share);
        return (
          <rect
            key={i}
            x={4 + i * width}
            y={failed ? 16 : 36}
            width={width - 2}
            height={failed ? 36 : 16}
            fill={failed ? red : green}
            fillOpacity={failed ? 0.9 : 0.45}
          />
        );
      })}
      <line x1={4} x2={WIDTH - 4} y1={53} y2={53} stroke={theme.colors.border.strong} />
      <text x={WIDTH / 2} y={67} textAnchor="middle" className={styles.weak}>
        {Math.round(share * 100)} % failed
      </text>
    </>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  drawing: css({ width: '100%', maxWidth: WIDTH, height: 'auto', aspectRatio: `${WIDTH} / ${HEIGHT}` }),
  text: css({ fill: theme.colors.text.primary, fontSize: 11.5 }),
  weak: css({ fill: theme.colors.text.secondary, fontSize: 11 }),
});
