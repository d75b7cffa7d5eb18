/** Where the small pictures of the heads are: layers as rows, heads as columns. Lengths in CSS pixels. */
import type { HeadGrid } from './heads-choice.ts';

export interface OverviewLayout extends HeadGrid {
  /** Room for the numbers of layers at the left, and of heads above. */
  readonly left: number;
  readonly top: number;
  /** From one picture to the next, and the side of one. */
  readonly pitch: number;
  readonly side: number;
  readonly width: number;
  readonly height: number;
}

const LEFT = 22;
const TOP = 18;
const GAP = 3;
const LEAST_SIDE = 12;
const MOST_SIDE = 56;

/** As large as the width allows, within bounds: many heads are scrolled over. */
export function overviewLayout(width: number, { layers, heads }: HeadGrid): OverviewLayout {
  const fitting = Math.floor((width - LEFT) / heads) - GAP;
  const side = Math.max(LEAST_SIDE, Math.min(MOST_SIDE, fitting));
  const pitch = side + GAP;
  return {
    ...{ layers, heads, left: LEFT, top: TOP, pitch, side },
    width: LEFT + heads * pitch,
    height: TOP + layers * pitch,
  };
}

/** The upper left corner of a head's picture. */
export function placeOf({ left, top, pitch, heads }: OverviewLayout, head: number): { x: number; y: number } {
  return { x: left + (head % heads) * pitch, y: top + Math.floor(head / heads) * pitch };
}

/** The head whose picture, or gap after it, is at a place. */
export function headAt(layout: OverviewLayout, x: number, y: number): number | undefined {
  const { left, top, pitch, layers, heads } = layout;
  const column = Math.floor((x - left) / pitch);
  const layer = Math.floor((y - top) / pitch);
  const isThere = column >= 0 && column < heads && layer >= 0 && layer < layers;
  return isThere ? layer * heads + column : undefined;
}
