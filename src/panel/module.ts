import { PanelPlugin } from '@grafana/data';

import { ScenarioPanel } from './ScenarioPanel';
import { EXPIRIES, type PanelOptions } from './options';

export const plugin = new PanelPlugin<PanelOptions>(ScenarioPanel).setNoPadding().setPanelOptions((builder) =>
  builder
    .addBooleanSwitch({
      path: 'compact',
      name: 'Compact',
      description: 'The state alone, without the switch',
      defaultValue: false,
    })
    .addBooleanSwitch({
      path: 'showPresets',
      name: 'Show presets',
      defaultValue: true,
      showIf: (options) => !options.compact,
    })
    .addBooleanSwitch({
      path: 'confirm',
      name: 'Confirm before switching',
      description: 'Returning to healthy never asks',
      defaultValue: true,
      showIf: (options) => !options.compact,
    })
    .addSelect({
      path: 'expiresIn',
      name: 'A switch lasts',
      description: 'Afterwards the scenario falls back to healthy by itself',
      defaultValue: '15m',
      settings: { options: EXPIRIES },
      showIf: (options) => !options.compact,
    })
);
