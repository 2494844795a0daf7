import type { ScopedVars, TimeRange, TypedVariableModel } from '@grafana/data';
import type { TemplateSrv } from '@grafana/runtime';

const pattern = /\$(\w+)|\$\{(\w+)(?::\w+)?\}|\[\[(\w+)(?::\w+)?\]\]/g;

/** Grafana's TemplateSrv for a page without a dashboard: it knows the variables that come with a call, and no others. */
export class Templates implements TemplateSrv {
  getVariables(): TypedVariableModel[] {
    return [];
  }

  replace(target?: string, scopedVars?: ScopedVars): string {
    return (target ?? '').replace(pattern, (match, ...names: Array<string | undefined>) => {
      const name = names[0] ?? names[1] ?? names[2] ?? '';
      const variable = scopedVars?.[name];
      return variable ? String(variable.value) : match;
    });
  }

  containsTemplate(target?: string): boolean {
    return new RegExp(pattern.source).test(target ?? '');
  }

  updateTimeRange(_: TimeRange) {}
}
