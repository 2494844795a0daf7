import type { Definition, Preset } from './scenario';

/** What a preset does, without what it is called. */
export function definitionOf({
  name: _name,
  description: _description,
  source: _source,
  ...definition
}: Preset): Definition {
  return definition;
}
