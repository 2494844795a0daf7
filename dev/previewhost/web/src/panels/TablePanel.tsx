import type { PanelProps } from '@grafana/data';
import { Table } from '@grafana/ui';
import { NoData } from './NoData';

/** Stands in for Grafana's table panel. */
export function TablePanel({ data, width, height }: PanelProps<{ showHeader?: boolean }>) {
  const frame = data.series[0];
  return frame && frame.fields.length > 0 ? <Table data={frame} width={width} height={height} /> : <NoData />;
}
