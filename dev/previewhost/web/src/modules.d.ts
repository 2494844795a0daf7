declare module 'grafana-runtime-plugin-page' {
  import type { ComponentType } from 'react';
  import type { PluginPageProps } from '@grafana/runtime';
  export function setPluginPage(component: ComponentType<PluginPageProps>): void;
}

declare module 'grafana-runtime-panel-renderer' {
  import type { ComponentType } from 'react';
  import type { PanelRendererProps } from '@grafana/runtime';
  export function setPanelRenderer(component: ComponentType<PanelRendererProps>): void;
}

// Shared with plugins as they are; the page itself does not use them.
declare module 'd3';
declare module 'prismjs';
declare module 'slate';
declare module 'slate-plain-serializer';
