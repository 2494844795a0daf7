/** The value as JSON with the fields of objects in one order, so that what is equal reads equal. */
export function canonical(value: unknown): string {
  return JSON.stringify(sorted(value));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(sorted);
  }
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(
        Object.entries(value)
          .filter(([, one]) => one !== undefined)
          .sort(([a], [b]) => a.localeCompare(b))
          .map(([name, one]) => [name, sorted(one)])
      )
    : value;
}
