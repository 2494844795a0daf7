import { buildHistogram, FieldType, type PanelProps } from '@grafana/data';
import { useTheme2 } from '@grafana/ui';
import { NoData } from './NoData';

interface Bar {
  from: number;
  to: number;
  count: number;
}

/** Stands in for Grafana's histogram panel: bars of counts over buckets. */
export function HistogramPanel({ data, width, height, options }: PanelProps<{ bucketSize?: number; bucketOffset?: number }>) {
  const theme = useTheme2();
  const bars = toBars(data, options);
  const most = Math.max(...bars.map((bar) => bar.count));
  if (bars.length === 0) {
    return <NoData />;
  }
  const step = width / bars.length;
  const plot = height - 20;
  return (
    <svg width={width} height={height} role="img" aria-label="Histogram">
      {bars.map((bar, i) => {
        const tall = most > 0 ? (bar.count / most) * plot : 0;
        return (
          <g key={i}>
            <rect x={i * step + 1} y={plot - tall} width={Math.max(step - 2, 1)} height={tall} fill={theme.visualization.getColorByName('blue')} opacity={0.7}>
              <title>{`${bar.from} to ${bar.to}: ${bar.count}`}</title>
            </rect>
            {step > 40 && (
              <text x={i * step} y={height - 4} fontSize={11} fill={theme.colors.text.secondary}>
                {bar.from}
              </text>
            )}
          </g>
        );
      })}
    </svg>
  );
}

function toBars(data: PanelProps['data'], options: { bucketSize?: number; bucketOffset?: number }): Bar[] {
  const ready = data.series.find((frame) => frame.fields.some((field) => field.name === 'xMin'));
  if (ready) {
    const values = (name: string) => ready.fields.find((field) => field.name === name)?.values ?? [];
    const counts = ready.fields.find((field) => field.type === FieldType.number && !['xMin', 'xMax'].includes(field.name))?.values ?? [];
    return Array.from(values('xMin'), (from: number, i) => ({ from, to: values('xMax')[i], count: counts[i] }));
  }
  const built = buildHistogram(data.series, { bucketSize: options.bucketSize, bucketOffset: options.bucketOffset });
  return built ? built.xMin.values.map((from: number, i: number) => ({ from, to: built.xMax.values[i], count: built.counts[0]?.values[i] ?? 0 })) : [];
}
