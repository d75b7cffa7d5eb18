import { SHADES, shadeOf } from '../common/colours.ts';

export interface MapPicture {
  /** [T, T], those that are shown. */
  readonly weights: Float32Array;
  readonly size: number;
  /** The weight of the strongest colour. */
  readonly largest: number;
  /** Whether a row has nothing after its own column. */
  readonly causal: boolean;
}

/** One pixel a cell, as RGBA; of negative weights in the colours of the table's second half. Cells that no token may look at are clear: the ground is seen. */
export function paintMap(pixels: Uint8ClampedArray, picture: MapPicture, table: Uint8ClampedArray): void {
  const { weights, size, largest, causal } = picture;
  // a pixel is written at once: the map of a long text is drawn anew for every step of a slider
  const whole = new Uint32Array(pixels.buffer, pixels.byteOffset, size * size);
  const colours = wholePixels(table);
  for (let row = 0, cell = 0; row < size; row++) {
    for (let column = 0; column < size; column++, cell++) {
      const weight = weights[cell]!;
      const shade = weight < 0 ? SHADES + shadeOf(-weight, largest) : shadeOf(weight, largest);
      whole[cell] = causal && column > row ? 0 : colours[shade]!;
    }
  }
}

/** Each colour of a table as the four bytes of an opaque pixel. */
function wholePixels(table: Uint8ClampedArray): Uint32Array {
  const bytes = new Uint8ClampedArray((table.length / 3) * 4).fill(255);
  for (let shade = 0; shade * 3 < table.length; shade++)
    bytes.set(table.subarray(shade * 3, shade * 3 + 3), shade * 4);
  return new Uint32Array(bytes.buffer);
}
