import type { ScopedVars, TimeRange, TypedVariableModel } from '@grafana/data';
import type { TemplateSrv } from '@grafana/runtime';
import { sceneGraph, type MultiValueVariable, type SceneObject } from '@grafana/scenes';

const pattern = /\$(\w+)|\$\{(\w+)(?::\w+)?\}|\[\[(\w+)(?::\w+)?\]\]/g;

/**
 * Grafana's TemplateSrv: variables are those of the scene that a call is from, else of the dashboard that is shown; without
 * any, those that come with a call.
 */
export class Templates implements TemplateSrv {
  getVariables(): TypedVariableModel[] {
    const scene = shownScene();
    if (!scene) {
      return [];
    }
    return sceneGraph.getVariables(scene).state.variables.map((variable) => {
      const { name, type, value, text, allValue, isMulti, includeAll } = (variable as MultiValueVariable).state;
      return { name, type, current: { value, text }, allValue, multi: isMulti, includeAll } as unknown as TypedVariableModel;
    });
  }

  replace(target?: string, scopedVars?: ScopedVars, format?: string | Function): string {
    const scene: SceneObject | undefined = scopedVars?.__sceneObject?.value?.valueOf() ?? shownScene();
    if (scene) {
      return sceneGraph.interpolate(scene, target, scopedVars, format as any);
    }
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

/** The dashboard that is shown, where one is. */
function shownScene(): SceneObject | undefined {
  const scene = (window as any).__grafanaSceneContext as SceneObject | undefined;
  return scene?.isActive ? scene : undefined;
}
