import { colorManipulator, FieldType, type DataFrame, type PanelProps } from '@grafana/data';
import { TimeSeries, TooltipPlugin2, type UPlotConfigBuilder, TooltipDisplayMode, usePanelContext, useTheme2 } from '@grafana/ui';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'react';
import type uPlot from 'uplot';
import { NoData } from './NoData';

interface Options {
  legend?: { showLegend: boolean; displayMode: any; placement: any; calcs: string[] };
  tooltip?: { mode: TooltipDisplayMode };
}

/** Stands in for Grafana's time series panel. */
export function TimeSeriesPanel({ data, width, height, timeRange, timeZone, options }: PanelProps<Options>) {
  const frames = useMemo(() => data.series.filter(isGraph), [data.series]);
  const annotations = data.annotations ?? none;
  usePanelContext();
  const legend = options.legend ?? { showLegend: true, displayMode: 'list', placement: 'bottom', calcs: [] };
  if (frames.length === 0) {
    return <NoData />;
  }
  return (
    <TimeSeries
      frames={frames}
      structureRev={data.structureRev}
      timeRange={timeRange}
      timeZone={timeZone}
      width={width}
      height={height}
      legend={legend as any}
    >
      {(config, aligned) => (
        <>
        <Annotations config={config} frames={annotations} />
        {options.tooltip?.mode === TooltipDisplayMode.None ? null : (
          <TooltipPlugin2
            config={config}
            hoverMode={options.tooltip?.mode === TooltipDisplayMode.Multi ? 2 : 1}
            render={(plot, indices, series) => <Values frame={aligned} plot={plot} indices={indices} series={series} all={options.tooltip?.mode === TooltipDisplayMode.Multi} />}
          />
        )}
        </>
      )}
    </TimeSeries>
  );
}

function isGraph(frame: DataFrame) {
  return frame.length > 0 && frame.fields.some((field) => field.type === FieldType.time) && frame.fields.some((field) => field.type === FieldType.number);
}

const none: DataFrame[] = [];

/** Draws annotations as Grafana does: a line at the time, a shade over a region. */
function Annotations({ config, frames }: { config: UPlotConfigBuilder; frames: DataFrame[] }) {
  const theme = useTheme2();
  const drawn = useRef(frames);
  drawn.current = frames;
  const shown = useRef<uPlot>(undefined);
  useLayoutEffect(() => {
    config.addHook('draw', (plot) => {
      shown.current = plot;
      for (const frame of drawn.current) {
        const values = (name: string) => frame.fields.find((field) => field.name === name)?.values ?? [];
        const [times, ends, colors] = [values('time'), values('timeEnd'), values('color')];
        for (let i = 0; i < times.length; i++) {
          const { left, top, width, height } = plot.bbox;
          const at = (time: number) => Math.min(left + width, Math.max(left, plot.valToPos(time, 'x', true)));
          const [from, to] = [at(times[i]), at(ends[i] || times[i])];
          const color = theme.visualization.getColorByName(colors[i] || 'purple');
          plot.ctx.save();
          plot.ctx.fillStyle = colorManipulator.alpha(color, 0.12);
          plot.ctx.fillRect(from, top, Math.max(0, to - from), height);
          plot.ctx.fillStyle = color;
          plot.ctx.fillRect(from, top, 1.5, height);
          plot.ctx.restore();
        }
      }
    });
  }, [config, theme]);
  // Annotations come by themselves, before or after the data.
  useEffect(() => shown.current?.redraw(false), [frames]);
  return null;
}

/** The values under the pointer. */
function Values({ frame, indices, series, all }: { frame: DataFrame; plot: uPlot; indices: Array<number | null>; series: number | null; all: boolean }) {
  const theme = useTheme2();
  const at = indices.find((index, i) => i > 0 && index !== null) ?? indices[0];
  if (at === null || at === undefined) {
    return null;
  }
  const shown = frame.fields.map((field, i) => ({ field, i })).filter(({ i }) => i > 0 && (all || series === null || series === i));
  const text = (field: DataFrame['fields'][number], index: number) => {
    const value = field.display?.(field.values[index]);
    return value ? `${value.prefix ?? ''}${value.text}${value.suffix ?? ''}` : String(field.values[index]);
  };
  return (
    <div style={{ padding: theme.spacing(1), fontSize: theme.typography.bodySmall.fontSize }}>
      <div style={{ fontWeight: 500, marginBottom: 4 }}>{text(frame.fields[0], at)}</div>
      {shown.map(({ field, i }) => (
        <div key={i} style={{ display: 'flex', justifyContent: 'space-between', gap: 16 }}>
          <span>{field.state?.displayName ?? field.name}</span>
          <span>{indices[i] === null ? '-' : text(field, indices[i] ?? at)}</span>
        </div>
      ))}
    </div>
  );
}
