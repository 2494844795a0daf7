import { MODES, type Change, type Mode } from './scenario';

/** A stretch of time under one mode, in Unix milliseconds; without an end it goes on. */
export interface ModeSpan {
  mode: Mode;
  from: number;
  to?: number;
}

/** The spans that the changes (newest first, as the history has them) make, oldest first. Expiries end a span. */
export function spansOf(changes: readonly Change[]): ModeSpan[] {
  const spans: ModeSpan[] = [];
  for (const change of [...changes].reverse()) {
    const from = Date.parse(change.at);
    const previous = spans.at(-1);
    if (previous && (previous.to === undefined || previous.to > from)) {
      previous.to = from;
    }
    const expires = change.scenario.expires_at ? Date.parse(change.scenario.expires_at) : undefined;
    spans.push({ mode: change.scenario.mode, from, to: expires });
  }
  return spans;
}

/** The index in MODES of the mode at a moment; healthy between the spans, fallback before the first of them. */
export function modeIndexAt(spans: readonly ModeSpan[], time: number, fallback: string): number {
  for (let i = spans.length - 1; i >= 0; i--) {
    const span = spans[i];
    if (time >= span.from) {
      return span.to === undefined || time < span.to ? MODES.indexOf(span.mode) : 0;
    }
  }
  return Math.max(
    0,
    MODES.findIndex((mode) => mode === fallback)
  );
}

/** When the traffic was last switched to another treatment: what a comparison looks back over. */
export function lastSwitch(changes: readonly Change[], now: number): Date | undefined {
  const latest = changes[0];
  if (!latest) {
    return undefined;
  }
  const expires = latest.scenario.expires_at ? Date.parse(latest.scenario.expires_at) : undefined;
  return new Date(expires !== undefined && expires <= now ? expires : Date.parse(latest.at));
}
