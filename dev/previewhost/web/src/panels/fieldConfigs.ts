import {
  booleanOverrideProcessor,
  displayNameOverrideProcessor,
  FieldColorModeId,
  identityOverrideProcessor,
  numberOverrideProcessor,
  stringOverrideProcessor,
  unitOverrideProcessor,
  type FieldConfigPropertyItem,
} from '@grafana/data';

type Process = FieldConfigPropertyItem['process'];

function item(id: string, process: unknown, defaultValue?: unknown): FieldConfigPropertyItem {
  return {
    id,
    path: id,
    name: id,
    editor: () => null,
    override: () => null,
    process: process as Process,
    shouldApply: () => true,
    defaultValue,
    settings: {},
  } as unknown as FieldConfigPropertyItem;
}

/** The standard properties of fields, without the editors that Grafana has for them. */
export function standardFieldConfigs(): FieldConfigPropertyItem[] {
  return [
    item('displayName', displayNameOverrideProcessor),
    item('unit', unitOverrideProcessor),
    item('min', numberOverrideProcessor),
    item('max', numberOverrideProcessor),
    item('decimals', numberOverrideProcessor),
    item('noValue', stringOverrideProcessor),
    item('fieldMinMax', booleanOverrideProcessor),
    item('color', identityOverrideProcessor, { mode: FieldColorModeId.PaletteClassic }),
    item('mappings', identityOverrideProcessor, []),
    item('thresholds', identityOverrideProcessor, { mode: 'absolute', steps: [{ value: -Infinity, color: 'green' }] }),
    item('links', identityOverrideProcessor),
    item('actions', identityOverrideProcessor),
    item('filterable', booleanOverrideProcessor),
  ];
}

/** The custom properties of a kind of panel, with their defaults. */
export function customConfigs(defaults: Record<string, unknown>) {
  return (builder: { addCustomEditor: (config: any) => unknown }) => {
    for (const [path, defaultValue] of Object.entries(defaults)) {
      builder.addCustomEditor({
        id: path,
        path,
        name: path,
        editor: () => null,
        override: () => null,
        process: identityOverrideProcessor,
        shouldApply: () => true,
        defaultValue,
      });
    }
  };
}
