/** Stands in for the font faces of @grafana/ui, whose files are not on npm: the browser's own sans-serif serves. */
export function getFontStyles() {
  return '';
}
