/**
 * The colours of weights: "magma" of matplotlib (Smith and van der Walt 2015, CC0), at every tenth of its way. It gets
 * steadily lighter, so that it reads the same without hue; on a light ground it goes the other way round.
 */
const MAGMA = [
  0x000004, 0x140e36, 0x3b0f70, 0x641a80, 0x8c2981, 0xb63679, 0xde4968, 0xf76f5c, 0xfe9f6d, 0xfece91,
  0xfcfdbf,
];

/** Steps from nothing to the largest weight. */
export const SHADES = 256;

/** Red, green and blue of each shade, from the ground's side to the strongest. */
export function colourTable(ground: 'dark' | 'light'): Uint8ClampedArray {
  const table = new Uint8ClampedArray(SHADES * 3);
  for (let shade = 0; shade < SHADES; shade++) {
    const along = shade / (SHADES - 1);
    const at = (ground === 'dark' ? along : 1 - along) * (MAGMA.length - 1);
    const stop = Math.min(MAGMA.length - 2, Math.floor(at));
    table.set(between(MAGMA[stop]!, MAGMA[stop + 1]!, at - stop), shade * 3);
  }
  return table;
}

/** Ends of "PuOr" of ColorBrewer (Brewer 2003), which those who are colour-blind tell apart. */
const ORANGE = 0xe08214;
const PURPLE = 0x8073ac;

/** Of differences: the shades of more with the first, from the ground to orange, and of more with the second, to purple. */
export function differenceTable(ground: 'dark' | 'light'): Uint8ClampedArray {
  const table = new Uint8ClampedArray(2 * SHADES * 3);
  const nothing = ground === 'dark' ? 0x000000 : 0xffffff;
  for (const [half, end] of [ORANGE, PURPLE].entries()) {
    for (let shade = 0; shade < SHADES; shade++) {
      const at = (half * SHADES + shade) * 3;
      table.set(between(nothing, end, shade / (SHADES - 1)), at);
    }
  }
  return table;
}

/** The colour that lies a share of the way between two. */
function between(from: number, to: number, share: number): number[] {
  return [16, 8, 0].map((shift) => {
    const [start, end] = [(from >> shift) & 0xff, (to >> shift) & 0xff];
    return start + (end - start) * share;
  });
}

/** The shade of a weight beside the largest: by its root, since most weights are small and some are near 1. */
export function shadeOf(weight: number, largest: number): number {
  if (!(weight > 0) || largest <= 0) return 0;
  return Math.min(SHADES - 1, Math.round((SHADES - 1) * Math.sqrt(weight / largest)));
}
