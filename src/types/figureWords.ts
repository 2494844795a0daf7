/** A share as percent, with as many digits as it needs: 0.125 is "12.5 %". */
export function percent(share = 0): string {
  return `${Number((share * 100).toFixed(1))} %`;
}

/** A duration in the unit that reads best: "340 ms", "1.5 s". */
export function milliseconds(ms = 0): string {
  if (ms >= 60000) {
    return `${Number((ms / 60000).toFixed(1))} min`;
  }
  if (ms >= 1000) {
    return `${Number((ms / 1000).toFixed(2))} s`;
  }
  return `${ms < 1 ? Number(ms.toPrecision(1)) : Number(ms.toFixed(ms < 10 ? 1 : 0))} ms`;
}
