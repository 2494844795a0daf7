import type { Diagram, Step } from '../../types/diagram';

/** Sizes in pixels. */
export const HEAD = 44;
export const ROW = 34;
const NOTE_ROW = 30;
const MIN_LANE = 210;
const MARGIN = 16;

/** Where a step is drawn. */
export interface PlacedStep {
  step: Step;
  y: number;
  x1: number;
  x2: number;
}

/** Where everything is drawn. */
export interface Layout {
  width: number;
  height: number;
  lanes: number[];
  lane: number;
  steps: PlacedStep[];
}

/** Places lifelines side by side over the width that is there (more where they would be too narrow), steps below each other. */
export function layoutOf(diagram: Diagram, available: number): Layout {
  const count = Math.max(1, diagram.participants.length);
  const lane = Math.max(MIN_LANE, Math.floor((available - 2 * MARGIN) / count));
  const lanes = diagram.participants.map((_, i) => MARGIN + lane * (i + 0.5));
  let y = HEAD + 12;
  const steps = diagram.steps.map((step): PlacedStep => {
    y += step.kind === 'note' ? NOTE_ROW : ROW;
    return { step, y, x1: lanes[step.from] ?? 0, x2: lanes[step.to] ?? 0 };
  });
  return { width: lane * count + 2 * MARGIN, height: y + 24, lanes, lane, steps };
}

/** Text that fits into so many pixels, at about so many pixels per character. */
export function fit(text: string, pixels: number, perCharacter = 6.2): string {
  const room = Math.max(4, Math.floor(pixels / perCharacter));
  return text.length > room ? `${text.slice(0, room - 1)}…` : text;
}
