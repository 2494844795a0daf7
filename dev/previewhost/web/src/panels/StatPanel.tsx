import { getFieldDisplayValues, type FieldDisplay, type PanelProps } from '@grafana/data';
import { BigValue, BigValueColorMode, BigValueGraphMode, BigValueJustifyMode, BigValueTextMode, useTheme2, VizRepeater } from '@grafana/ui';
import { NoData } from './NoData';

interface Options {
  reduceOptions?: { calcs: string[]; values?: boolean; fields?: string };
  orientation?: any;
  colorMode?: BigValueColorMode;
  graphMode?: BigValueGraphMode;
  textMode?: BigValueTextMode;
  justifyMode?: BigValueJustifyMode;
}

/** Stands in for Grafana's stat panel. */
export function StatPanel(props: PanelProps<Options>) {
  const theme = useTheme2();
  const { data, width, height, options, fieldConfig, replaceVariables, timeZone, renderCounter } = props;
  const values = () =>
    getFieldDisplayValues({
      fieldConfig,
      reduceOptions: options.reduceOptions ?? { calcs: ['lastNotNull'], values: false },
      replaceVariables,
      theme,
      data: data.series,
      sparkline: options.graphMode !== BigValueGraphMode.None,
      timeZone,
    });
  if (data.series.length === 0) {
    return <NoData />;
  }
  return (
    <VizRepeater<FieldDisplay>
      getValues={values}
      source={data}
      renderCounter={renderCounter}
      width={width}
      height={height}
      orientation={options.orientation ?? 'auto'}
      renderValue={({ value, width, height, count }) => (
        <BigValue
          value={value.display}
          sparkline={value.sparkline}
          count={count}
          width={width}
          height={height}
          theme={theme}
          colorMode={options.colorMode ?? BigValueColorMode.Value}
          graphMode={options.graphMode ?? BigValueGraphMode.Area}
          justifyMode={options.justifyMode ?? BigValueJustifyMode.Auto}
          textMode={options.textMode ?? BigValueTextMode.Auto}
        />
      )}
    />
  );
}
