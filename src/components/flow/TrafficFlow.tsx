import { css } from '@emotion/css';
import React, { useMemo } from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2, useTheme2 } from '@grafana/ui';

import { useElementWidth } from '../../hooks/useElementWidth';
import { percent } from '../../types/figureWords';
import { flowOf, type OutcomeName } from '../../types/flow';
import { latest } from '../../types/liveTables';
import type { Mode } from '../../types/scenario';
import { count } from '../../types/sentence';
import type { Point } from '../../types/traffic';
import { perSecond } from '../live/words';
import { lookOf, modeColor } from '../modes/modeLook';
import { testIds } from '../testIds';
import { centreLine, ribbon, stack, type Band } from './flowLayout';

/** Seconds that the drawing averages: few enough to show a switch at once, enough not to flicker. */
const SECONDS = 4;

const HEIGHT = 176;
const GAP = 10;
const LEAST = 5;
const COLUMN = 10;
/** Room for the words on both sides. */
const LEFT = 132;
const RIGHT = 168;
/** Lines of text need so much room, whatever the height of their band. */
const LINE = 34;

const outcomeLooks: Record<OutcomeName, { label: string; color: string; meaning: string }> = {
  passed: { label: 'Unchanged', color: 'green', meaning: 'Forwarded and answered as they are' },
  slowed: { label: 'Slowed down', color: 'orange', meaning: 'Answered by the upstream, later than it did' },
  organic: { label: 'Upstream errors', color: 'semi-dark-red', meaning: 'Errors that nobody injected' },
  injected: { label: 'Injected errors', color: 'purple', meaning: 'Answered with an error by the gateway' },
};

interface Props {
  points: readonly Point[];
  mode: Mode;
  /** How many rules decide before the mode does. */
  rules: number;
  /** How many faults the mode has. */
  faults: number;
}

/** The traffic as it flows right now: through which gateways, under which scenario, to which end. */
export function TrafficFlow({ points, mode, rules, faults }: Props) {
  const theme = useTheme2();
  const styles = useStyles2(getStyles);
  const [ref, width] = useElementWidth();
  const flow = useMemo(() => flowOf(latest(points, SECONDS)), [points]);
  const total = flow.requestsPerSecond;
  const color = modeColor(theme, mode);

  const narrow = width < 520;
  const [left, right] = narrow ? [84, 132] : [LEFT, RIGHT];
  const middle = left + (width - left - right) * 0.42;
  const end = width - right;
  const sources = stack(flow.gateways, HEIGHT, GAP, LEAST);
  const targets = stack(flow.outcomes, HEIGHT, GAP, LEAST);
  const trunkHeight = Math.min(HEIGHT, HEIGHT * 0.62);
  const trunkTop = (HEIGHT - trunkHeight) / 2;
  const into = alongTrunk(sources, trunkTop, trunkHeight);
  const outOf = alongTrunk(targets, trunkTop, trunkHeight);
  const looks = (name: string) => outcomeLooks[name as OutcomeName];

  const words = `${perSecond(total)} through ${lookOf(mode).label.toLowerCase()} mode${
    faults > 0 ? ` with ${count(faults, 'fault')}` : ''
  }: ${flow.outcomes
    .filter(({ value }) => value > 0)
    .map(({ name, value }) => `${percent(value / total)} ${outcomeLooks[name].label.toLowerCase()}`)
    .join(', ')}`;

  return (
    <section className={styles.flow} aria-label="Traffic flow" data-testid={testIds.controlCenter.flow}>
      <header className={styles.header}>
        <span style={{ width: left }}>Gateways</span>
        <span className={styles.centre} style={{ left: middle }}>
          Scenario
        </span>
        <span className={styles.last} style={{ left: end + COLUMN + 8 }}>
          What clients get
        </span>
      </header>
      <div ref={ref} className={styles.drawing} style={{ height: HEIGHT }}>
        {total === 0 && <div className={styles.empty}>No traffic in the last seconds</div>}
        {width > 0 && total > 0 && (
          <>
            <svg width={width} height={HEIGHT} role="img" aria-label={words}>
              {sources.map((band, i) => (
                <path
                  key={band.name}
                  className={styles.ribbon}
                  d={ribbon({ x: left + COLUMN, ...band }, { x: middle, ...into[i] })}
                  fill={theme.visualization.getColorByName('blue')}
                />
              ))}
              {targets.map((band, i) => (
                <path
                  key={band.name}
                  className={styles.ribbon}
                  d={ribbon({ x: middle + COLUMN, ...outOf[i] }, { x: end, ...band })}
                  fill={theme.visualization.getColorByName(looks(band.name).color)}
                >
                  <title>{looks(band.name).meaning}</title>
                </path>
              ))}
              {sources.map((band, i) => (
                <path
                  key={`line ${band.name}`}
                  className={styles.line}
                  d={centreLine({ x: left + COLUMN, ...band }, { x: middle, ...into[i] })}
                  stroke={theme.visualization.getColorByName('blue')}
                />
              ))}
              {targets.map((band, i) => (
                <path
                  key={`line ${band.name}`}
                  className={styles.line}
                  d={centreLine({ x: middle + COLUMN, ...outOf[i] }, { x: end, ...band })}
                  stroke={theme.visualization.getColorByName(looks(band.name).color)}
                />
              ))}
              {sources.map((band) => (
                <rect
                  key={`column ${band.name}`}
                  x={left}
                  y={band.top}
                  width={COLUMN}
                  height={band.height}
                  rx={2}
                  fill={theme.visualization.getColorByName('blue')}
                />
              ))}
              <rect x={middle} y={trunkTop} width={COLUMN} height={trunkHeight} rx={2} fill={color} />
              {targets.map((band) => (
                <rect
                  key={`column ${band.name}`}
                  x={end}
                  y={band.top}
                  width={COLUMN}
                  height={band.height}
                  rx={2}
                  fill={theme.visualization.getColorByName(looks(band.name).color)}
                />
              ))}
            </svg>
            {spaced(sources).map(({ band, top }) => (
              <div key={band.name} className={styles.source} style={{ top, width: left - 8 }}>
                <span className={styles.name}>{band.name}</span>
                <span className={styles.weak}>{perSecond(band.value)}</span>
              </div>
            ))}
            <div className={styles.mode} style={{ left: middle + COLUMN / 2, borderColor: color }}>
              {rules > 0 && <div className={styles.weak}>{count(rules, 'rule')}, else</div>}
              <div style={{ color }}>{lookOf(mode).label}</div>
              {faults > 0 && <div className={styles.weak}>{count(faults, 'fault')}</div>}
            </div>
            {spaced(targets).map(({ band, top }) => (
              <div
                key={band.name}
                className={styles.target}
                style={{ top, left: end + COLUMN + 8, width: right - COLUMN - 8 }}
                title={looks(band.name).meaning}
                data-testid={testIds.controlCenter.outcome(band.name)}
              >
                <span className={styles.name}>{looks(band.name).label}</span>
                <span className={styles.weak}>
                  {percent(band.value / total)}, {perSecond(band.value)}
                </span>
              </div>
            ))}
          </>
        )}
      </div>
    </section>
  );
}

/** The same bands without gaps on the trunk in the middle, where all traffic is one. */
function alongTrunk(bands: readonly Band[], top: number, height: number): Array<{ top: number; height: number }> {
  const total = bands.reduce((sum, band) => sum + band.height, 0);
  let at = top;
  return bands.map((band) => {
    const own = total > 0 ? (band.height / total) * height : 0;
    const part = { top: at, height: own };
    at += own;
    return part;
  });
}

/** Where the words of each band go: beside its middle, but never on those of another. */
function spaced(bands: readonly Band[]): Array<{ band: Band; top: number }> {
  const placed: Array<{ band: Band; top: number }> = [];
  let free = 0;
  bands.forEach((band, i) => {
    const below = (bands.length - i) * LINE;
    const top = Math.min(Math.max(free, band.top + band.height / 2 - LINE / 2), HEIGHT - below);
    placed.push({ band, top });
    free = top + LINE;
  });
  return placed;
}

const getStyles = (theme: GrafanaTheme2) => ({
  flow: css({
    padding: theme.spacing(1.5, 2),
    background: theme.colors.background.secondary,
    borderRadius: theme.shape.radius.default,
    minWidth: 0,
  }),
  header: css({
    position: 'relative',
    color: theme.colors.text.secondary,
    fontSize: theme.typography.bodySmall.fontSize,
    marginBottom: theme.spacing(1),
  }),
  centre: css({ position: 'absolute', transform: 'translateX(calc(-50% + 5px))' }),
  last: css({ position: 'absolute', whiteSpace: 'nowrap' }),
  drawing: css({ position: 'relative', minWidth: 0, overflow: 'hidden', '& svg': { display: 'block' } }),
  empty: css({
    height: '100%',
    display: 'flex',
    alignItems: 'center',
    justifyContent: 'center',
    color: theme.colors.text.secondary,
  }),
  ribbon: css({
    fillOpacity: theme.isDark ? 0.28 : 0.24,
    [theme.transitions.handleMotion('no-preference')]: { transition: 'd 600ms ease-out' },
  }),
  line: css({
    fill: 'none',
    strokeWidth: 2,
    strokeOpacity: 0.75,
    strokeDasharray: '2 14',
    strokeLinecap: 'round',
    [theme.transitions.handleMotion('no-preference')]: {
      transition: 'd 600ms ease-out',
      animation: 'mockforge-flow 900ms linear infinite',
      '@keyframes mockforge-flow': { from: { strokeDashoffset: 16 }, to: { strokeDashoffset: 0 } },
    },
  }),
  source: css({ position: 'absolute', left: 0, display: 'flex', flexDirection: 'column', lineHeight: '17px' }),
  target: css({ position: 'absolute', display: 'flex', flexDirection: 'column', lineHeight: '17px' }),
  name: css({ overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' }),
  weak: css({
    color: theme.colors.text.secondary,
    fontSize: theme.typography.bodySmall.fontSize,
    fontVariantNumeric: 'tabular-nums',
  }),
  mode: css({
    position: 'absolute',
    top: '50%',
    transform: 'translate(-50%, -50%)',
    padding: theme.spacing(0.5, 1.5),
    textAlign: 'center',
    whiteSpace: 'nowrap',
    fontWeight: theme.typography.fontWeightMedium,
    background: theme.colors.background.primary,
    border: '1px solid',
    borderRadius: theme.shape.radius.default,
  }),
});
