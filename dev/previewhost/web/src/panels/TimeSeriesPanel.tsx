import { FieldType, type DataFrame, type PanelProps } from '@grafana/data';
import { TimeSeries, TooltipPlugin2, TooltipDisplayMode, usePanelContext, useTheme2 } from '@grafana/ui';
import { useMemo } from 'react';
import type uPlot from 'uplot';
import { NoData } from './NoData';

interface Options {
  legend?: { showLegend: boolean; displayMode: any; placement: any; calcs: string[] };
  tooltip?: { mode: TooltipDisplayMode };
}

/** Stands in for Grafana's time series panel. */
export function TimeSeriesPanel({ data, width, height, timeRange, timeZone, options }: PanelProps<Options>) {
  const frames = useMemo(() => data.series.filter(isGraph), [data.series]);
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
      {(config, aligned) =>
        options.tooltip?.mode === TooltipDisplayMode.None ? null : (
          <TooltipPlugin2
            config={config}
            hoverMode={options.tooltip?.mode === TooltipDisplayMode.Multi ? 2 : 1}
            render={(plot, indices, series) => <Values frame={aligned} plot={plot} indices={indices} series={series} all={options.tooltip?.mode === TooltipDisplayMode.Multi} />}
          />
        )
      }
    </TimeSeries>
  );
}

function isGraph(frame: DataFrame) {
  return frame.length > 0 && frame.fields.some((field) => field.type === FieldType.time) && frame.fields.some((field) => field.type === FieldType.number);
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
