/** Draws a map on a canvas: the cells from a picture of one pixel each, and over them what points into it. */
import type { InspectedToken } from '../../worker/protocol/inspect.ts';
import type { Cell } from '../protocol/attention.ts';
import { type MapFrame, type MapTarget, rectOf } from './map-geometry.ts';
import { type MapPicture, paintMap } from './map-picture.ts';
import { shownName } from './names.ts';
import type { MapTheme } from './theme.ts';

export interface MapModel extends MapPicture {
  readonly tokens: readonly InspectedToken[];
  /** Whether the weights are differences between two models. */
  readonly difference: boolean;
}

/** What is marked in a map. */
export interface MapMarks {
  readonly cell?: Cell | undefined;
  /** The token or tokens that all others give way to. */
  readonly target?: MapTarget | undefined;
}

/** A canvas with a pixel for each cell. */
export function mapSource(model: MapModel, { table, differences }: MapTheme): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = Math.max(1, model.size);
  const context = canvas.getContext('2d')!;
  const image = context.createImageData(canvas.width, canvas.height);
  if (model.size > 0) paintMap(image.data, model, model.difference ? differences : table);
  context.putImageData(image, 0, 0);
  return canvas;
}

export function drawMap(
  context: CanvasRenderingContext2D,
  source: HTMLCanvasElement,
  model: MapModel,
  frame: MapFrame,
  theme: MapTheme,
  marks: MapMarks = {},
): void {
  const { left, top, side, size, named } = frame;
  if (size === 0 || side <= 0) return;
  context.imageSmoothingEnabled = false;
  context.drawImage(source, left, top, side, side);
  if (model.causal) drawFuture(context, frame, theme);
  if (marks.target !== undefined) veil(context, frame, theme, marks.target);
  if (named) drawNames(context, model, frame, theme, marks);
  if (marks.cell !== undefined) drawCursor(context, frame, theme, marks.cell);
}

/** Steps of the edge that are drawn one by one. */
const MOST_STEPS = 64;

/** Hatches the triangle that no token may look at, and draws its edge. */
function drawFuture(context: CanvasRenderingContext2D, frame: MapFrame, { dim }: MapTheme): void {
  const { left, top, side, size } = frame;
  const cell = side / size;
  context.save();
  context.beginPath();
  context.moveTo(left + cell, top);
  const steps = Math.min(size, MOST_STEPS); // small steps look like a line
  for (let step = 1; step <= steps; step++) {
    const at = (step / steps) * side;
    if (steps === size) context.lineTo(left + at, top + at - cell);
    context.lineTo(left + at, top + at);
  }
  context.lineTo(left + side, top);
  context.closePath();
  context.strokeStyle = dim;
  context.globalAlpha = 0.8;
  context.lineWidth = 1;
  context.stroke();
  context.clip();
  context.globalAlpha = 0.25;
  context.beginPath();
  for (let at = 0; at < 2 * side; at += 8) {
    context.moveTo(left + at, top);
    context.lineTo(left + at - side, top + side);
  }
  context.stroke();
  context.restore();
}

/** Lets the ground through where a row or column is not looked at. */
function veil(
  context: CanvasRenderingContext2D,
  frame: MapFrame,
  { ground }: MapTheme,
  target: MapTarget,
): void {
  const { size } = frame;
  const bands = (at: number | undefined) =>
    at === undefined
      ? []
      : [
          { first: 0, last: at },
          { first: at + 1, last: size },
        ];
  const whole = { first: 0, last: size };
  const [rows, columns] = [bands(target.row), bands(target.column)];
  const rects =
    rows.length > 0 && columns.length > 0
      ? rows.flatMap((row) => columns.map((column) => rectOf(frame, row, column)))
      : [...rows.map((row) => rectOf(frame, row, whole)), ...columns.map((c) => rectOf(frame, whole, c))];
  context.save();
  context.globalAlpha = 0.75;
  context.fillStyle = ground;
  for (const { x, y, width, height } of rects) context.fillRect(x, y, width, height);
  context.restore();
}

function drawNames(
  context: CanvasRenderingContext2D,
  { tokens }: MapModel,
  frame: MapFrame,
  theme: MapTheme,
  { cell, target }: MapMarks,
): void {
  const { left, top, side, size } = frame;
  const step = side / size;
  const colour = (isMarked: boolean): string => (isMarked ? theme.text : theme.dim);
  context.save();
  context.font = theme.font;
  context.textBaseline = 'middle';
  tokens.forEach((token, i) => {
    const name = shownName(token);
    context.fillStyle = colour(i === target?.row || i === cell?.row);
    context.textAlign = 'right';
    context.fillText(name, left - 5, top + (i + 0.5) * step, left - 8);
    context.save();
    context.translate(left + (i + 0.5) * step, top - 5);
    context.rotate(-Math.PI / 2);
    context.fillStyle = colour(i === target?.column || i === cell?.column);
    context.textAlign = 'left';
    context.fillText(name, 0, 0, top - 8);
    context.restore();
  });
  context.restore();
}

/** A frame around the cell, large enough to be seen where cells are small. */
function drawCursor(context: CanvasRenderingContext2D, frame: MapFrame, theme: MapTheme, cell: Cell): void {
  const rows = { first: cell.row, last: cell.row + 1 };
  const { x, y, width } = rectOf(frame, rows, { first: cell.column, last: cell.column + 1 });
  const side = Math.max(width, 7);
  const inset = (width - side) / 2;
  context.save();
  context.lineWidth = 3;
  context.strokeStyle = theme.ground; // seen on every colour
  context.strokeRect(x + inset, y + inset, side, side);
  context.lineWidth = 1.5;
  context.strokeStyle = theme.focus;
  context.strokeRect(x + inset, y + inset, side, side);
  context.restore();
}
