import { DisplayValueAlignmentFactors, getDisplayValueAlignmentFactors, getFieldDisplayValues, VizOrientation, type FieldDisplay, type PanelProps } from '@grafana/data';
import { BarGauge, BarGaugeDisplayMode, useTheme2, VizRepeater } from '@grafana/ui';
import { NoData } from './NoData';

interface Options {
  reduceOptions?: { calcs: string[]; values?: boolean; fields?: string };
  orientation?: VizOrientation;
  displayMode?: BarGaugeDisplayMode;
  showUnfilled?: boolean;
}

/** Stands in for Grafana's bar gauge panel. */
export function BarGaugePanel({ data, width, height, options, fieldConfig, replaceVariables, timeZone, renderCounter }: PanelProps<Options>) {
  const theme = useTheme2();
  const values = () =>
    getFieldDisplayValues({
      fieldConfig,
      reduceOptions: options.reduceOptions ?? { calcs: ['lastNotNull'], values: false },
      replaceVariables,
      theme,
      data: data.series,
      timeZone,
    });
  if (data.series.length === 0) {
    return <NoData />;
  }
  const orientation = !options.orientation || options.orientation === VizOrientation.Auto ? VizOrientation.Horizontal : options.orientation;
  return (
    <VizRepeater<FieldDisplay, DisplayValueAlignmentFactors>
      getValues={values}
      getAlignmentFactors={getDisplayValueAlignmentFactors}
      source={data}
      renderCounter={renderCounter}
      width={width}
      height={height}
      minVizHeight={16}
      itemSpacing={8}
      orientation={orientation}
      renderValue={({ value, width, height, alignmentFactors }) => (
        <BarGauge
          value={value.display}
          display={value.view?.getFieldDisplayProcessor(value.colIndex ?? 0)}
          field={value.field}
          width={width}
          height={height}
          orientation={orientation}
          theme={theme}
          alignmentFactors={alignmentFactors}
          itemSpacing={8}
          displayMode={options.displayMode ?? BarGaugeDisplayMode.Gradient}
          showUnfilled={options.showUnfilled ?? true}
        />
      )}
    />
  );
}
