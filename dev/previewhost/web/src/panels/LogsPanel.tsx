import { FieldType, dateTimeFormat, type PanelProps } from '@grafana/data';
import { ScrollContainer, useTheme2 } from '@grafana/ui';
import { NoData } from './NoData';

/** Stands in for Grafana's logs panel: times and lines. */
export function LogsPanel({ data, timeZone }: PanelProps) {
  const theme = useTheme2();
  const rows = data.series.flatMap((frame) => {
    const time = frame.fields.find((field) => field.type === FieldType.time);
    const body = frame.fields.find((field) => field.name === 'body') ?? frame.fields.find((field) => field.type === FieldType.string);
    const severity = frame.fields.find((field) => field.name === 'severity');
    return body ? Array.from(body.values, (line, i) => ({ time: time?.values[i], line: String(line), severity: severity?.values[i] })) : [];
  });
  const color = (severity?: string) =>
    severity === 'error' ? theme.visualization.getColorByName('red') : severity === 'warning' ? theme.visualization.getColorByName('orange') : theme.visualization.getColorByName('green');
  if (rows.length === 0) {
    return <NoData message="No logs found" />;
  }
  return (
    <ScrollContainer>
      {rows.map((row, i) => (
        <div key={i} style={{ fontFamily: theme.typography.fontFamilyMonospace, fontSize: theme.typography.bodySmall.fontSize, whiteSpace: 'pre-wrap', borderLeft: `3px solid ${color(row.severity)}`, paddingLeft: 8 }}>
          <span style={{ color: theme.colors.text.secondary, marginRight: 12 }}>
            {row.time === undefined ? '' : dateTimeFormat(row.time, { timeZone, defaultWithMS: true })}
          </span>
          {row.line}
        </div>
      ))}
    </ScrollContainer>
  );
}
