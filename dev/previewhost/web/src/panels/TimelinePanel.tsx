import { FieldType, formattedValueToString, type PanelProps } from '@grafana/data';
import { useTheme2 } from '@grafana/ui';
import { NoData } from './NoData';

const labelWidth = 120;

/** Stands in for Grafana's state timeline panel: one row per field, one bar per stretch of the same value. */
export function TimelinePanel({ data, width, height, timeRange }: PanelProps) {
  const theme = useTheme2();
  const from = timeRange.from.valueOf();
  const to = timeRange.to.valueOf();
  const rows = data.series.flatMap((frame) => {
    const time = frame.fields.find((field) => field.type === FieldType.time);
    return time ? frame.fields.filter((field) => field !== time).map((field) => ({ field, time })) : [];
  });
  if (rows.length === 0) {
    return <NoData />;
  }
  const tall = Math.min(height / rows.length, 60);
  const x = (at: number) => labelWidth + ((Math.min(Math.max(at, from), to) - from) / (to - from)) * (width - labelWidth);
  return (
    <svg width={width} height={height} role="img" aria-label="State timeline">
      {rows.map(({ field, time }, row) => (
        <g key={row} transform={`translate(0 ${row * tall})`}>
          <text x={0} y={tall / 2 + 4} fontSize={12} fill={theme.colors.text.primary}>
            {field.state?.displayName ?? field.name}
          </text>
          {stretches(field.values, time.values, to).map(({ value, start, end }, i) => {
            const shown = field.display?.(value);
            return (
              <g key={i}>
                <rect x={x(start)} y={4} width={Math.max(x(end) - x(start), 1)} height={tall - 8} fill={shown?.color ?? theme.colors.primary.main} opacity={0.8}>
                  <title>{shown ? formattedValueToString(shown) : String(value)}</title>
                </rect>
                {x(end) - x(start) > 60 && (
                  <text x={x(start) + 6} y={tall / 2 + 4} fontSize={12} fill={theme.colors.getContrastText(shown?.color ?? theme.colors.primary.main)}>
                    {shown ? formattedValueToString(shown) : String(value)}
                  </text>
                )}
              </g>
            );
          })}
        </g>
      ))}
    </svg>
  );
}

function stretches(values: ArrayLike<unknown>, times: ArrayLike<number>, end: number) {
  const found: Array<{ value: unknown; start: number; end: number }> = [];
  for (let i = 0; i < values.length; i++) {
    const last = found.at(-1);
    if (last && last.value === values[i]) {
      continue;
    }
    if (last) {
      last.end = times[i];
    }
    found.push({ value: values[i], start: times[i], end });
  }
  return found.filter((one) => one.value !== null && one.value !== undefined);
}
