import { MAX_DELAY_MS, distributionOf, type Fault } from './fault';

/** A latency in milliseconds below which a share of the draws stays, 0 < share < 1. */
export function latencyQuantile(fault: Fault, share: number): number {
  const delay = fault.delay_ms ?? 0;
  const most = Math.min(fault.max_ms ?? MAX_DELAY_MS, MAX_DELAY_MS);
  const cut = (ms: number, least = 0) => Math.min(most, Math.max(least, ms));
  switch (distributionOf(fault)) {
    case 'fixed':
      return cut(delay);
    case 'uniform': {
      const from = fault.min_ms ?? 0;
      return from + (Math.max(from, fault.max_ms ?? from) - from) * share;
    }
    case 'normal':
      return cut(delay + (fault.deviation_ms ?? 0) * standardNormal(share), fault.min_ms);
    case 'lognormal':
      return cut(delay * Math.exp((fault.sigma ?? 0.5) * standardNormal(share)));
    case 'pareto':
      return cut(delay * Math.pow(1 - share, -1 / (fault.alpha ?? 1.5)));
  }
}

/** How dense the draws are around ms, up to a constant factor; what bounds cut off is left out. */
export function latencyDensity(fault: Fault, ms: number): number {
  const delay = fault.delay_ms ?? 0;
  switch (distributionOf(fault)) {
    case 'fixed':
      return 0;
    case 'uniform':
      return 1;
    case 'normal': {
      const z = (ms - delay) / (fault.deviation_ms || 1e-9);
      return Math.exp((-z * z) / 2);
    }
    case 'lognormal': {
      const sigma = (fault.sigma ?? 0.5) || 1e-9;
      const z = Math.log(ms / delay) / sigma;
      return ms > 0 ? Math.exp((-z * z) / 2) / ms : 0;
    }
    case 'pareto':
      return ms >= delay ? Math.pow(delay / ms, (fault.alpha ?? 1.5) + 1) : 0;
  }
}

/** A curve of the density, both axes from 0 to 1, and the latency at its right end in milliseconds. */
export interface DensityCurve {
  points: Array<{ x: number; y: number }>;
  end: number;
}

/** The density of a fault's latency for drawing, up to where hardly any draw comes, in so many steps. */
export function densityCurve(fault: Fault, steps = 96): DensityCurve {
  const distribution = distributionOf(fault);
  const [low, high] = [latencyQuantile(fault, 0.001), latencyQuantile(fault, 0.985)];
  const end = Math.max(1, high * (distribution === 'fixed' || distribution === 'uniform' ? 1.25 : 1.08));
  if (distribution === 'fixed') {
    return { points: [], end };
  }
  const last = Math.min(end, latencyQuantile(fault, 0.9999));
  const raw = Array.from({ length: steps + 1 }, (_, i) => {
    // Steps begin and end where the draws do, so that edges are upright.
    const ms = low + ((last - low) * i) / steps;
    return { x: Math.min(1, ms / end), y: latencyDensity(fault, ms) };
  });
  const top = Math.max(...raw.map(({ y }) => y), 1e-12);
  return { points: raw.map(({ x, y }) => ({ x, y: y / top })), end };
}

/** The quantile of the standard normal distribution, by Acklam's rational approximation (error below 1.2e-9). */
function standardNormal(p: number): number {
  const a = [
    -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239,
  ];
  const b = [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572];
  const c = [
    -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
    2.938163982698783,
  ];
  const d = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416];
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p));
    return horner(c, q) / (horner(d, q) * q + 1);
  }
  if (p > 1 - 0.02425) {
    return -standardNormal(1 - p);
  }
  const q = p - 0.5;
  const r = q * q;
  return (horner(a, r) * q) / (horner(b, r) * r + 1);
}

const horner = (coefficients: readonly number[], x: number) => coefficients.reduce((sum, one) => sum * x + one, 0);
