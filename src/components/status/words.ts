/** A time left as minutes and seconds, or hours, minutes and seconds: "12:41", "1:02:03". */
export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60), seconds % 60];
  const two = (value: number) => String(value).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** How much of the fleet serves the version. */
export function describeInstances(
  applied: number,
  total: number,
  version: number
): { text: string; color: 'green' | 'orange' | 'darkgrey' } {
  if (total === 0) {
    return { text: 'No collector is running', color: 'darkgrey' };
  }
  const noun = total === 1 ? 'collector' : 'collectors';
  return {
    text: `${applied} of ${total} ${noun} on version ${version}`,
    color: applied < total ? 'orange' : 'green',
  };
}
