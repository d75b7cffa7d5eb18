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
    for (let channel = 0; channel < 3; channel++) {
      const [from, to] = [MAGMA[stop]!, MAGMA[stop + 1]!].map((rgb) => (rgb >> (16 - 8 * channel)) & 0xff);
      table[shade * 3 + channel] = from! + (to! - from!) * (at - stop);
    }
  }
  return table;
}

/** The shade of a weight beside the largest: by its root, since most weights are small and some are near 1. */
export function shadeOf(weight: number, largest: number): number {
  if (!(weight > 0) || largest <= 0) return 0;
  return Math.min(SHADES - 1, Math.round((SHADES - 1) * Math.sqrt(weight / largest)));
}
