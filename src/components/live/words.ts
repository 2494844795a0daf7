/** A rate in few characters: "0.4/s", "31/s". */
export function perSecond(value: number): string {
  return `${Number(value.toFixed(value < 10 ? 1 : 0))}/s`;
}
