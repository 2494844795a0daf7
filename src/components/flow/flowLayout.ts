/** One stream of a drawing: a name and how much of the traffic it is. */
export interface Share {
  name: string;
  value: number;
}

/** Where a stream leaves or enters a column. */
export interface Band {
  name: string;
  value: number;
  top: number;
  height: number;
}

/**
 * Stacks shares on a column between 0 and height, with gap between them: each as high as its part of the whole, but never
 * lower than least, so that little remains to be seen. What is zero is left out.
 */
export function stack(shares: readonly Share[], height: number, gap: number, least: number): Band[] {
  const present = shares.filter(({ value }) => value > 0);
  const total = present.reduce((sum, { value }) => sum + value, 0);
  if (total === 0) {
    return [];
  }
  const room = Math.max(0, height - gap * (present.length - 1));
  const raised = present.map(({ value }) => Math.max(least, (value / total) * room));
  // What the low ones got too much is taken from those that can give.
  const excess = Math.max(0, raised.reduce((a, b) => a + b, 0) - room);
  const giving = raised.reduce((sum, one) => sum + Math.max(0, one - least), 0);
  let top = 0;
  return present.map(({ name, value }, i) => {
    const own = giving > 0 ? raised[i] - (Math.max(0, raised[i] - least) / giving) * excess : raised[i];
    const band = { name, value, top, height: own };
    top += own + gap;
    return band;
  });
}

/** The outline of a stream from one column to another. */
export function ribbon(
  from: { x: number; top: number; height: number },
  to: { x: number; top: number; height: number }
): string {
  const middle = (from.x + to.x) / 2;
  const n = (value: number) => Number(value.toFixed(1));
  const edge = (x1: number, y1: number, x2: number, y2: number) =>
    `C ${n(middle)} ${n(y1)}, ${n(middle)} ${n(y2)}, ${n(x2)} ${n(y2)}`;
  return [
    `M ${n(from.x)} ${n(from.top)}`,
    edge(from.x, from.top, to.x, to.top),
    `L ${n(to.x)} ${n(to.top + to.height)}`,
    edge(to.x, to.top + to.height, from.x, from.top + from.height),
    'Z',
  ].join(' ');
}

/** The line in the middle of a stream. */
export function centreLine(
  from: { x: number; top: number; height: number },
  to: { x: number; top: number; height: number }
): string {
  const [y1, y2] = [from.top + from.height / 2, to.top + to.height / 2];
  const middle = (from.x + to.x) / 2;
  const n = (value: number) => Number(value.toFixed(1));
  return `M ${n(from.x)} ${n(y1)} C ${n(middle)} ${n(y1)}, ${n(middle)} ${n(y2)}, ${n(to.x)} ${n(y2)}`;
}
