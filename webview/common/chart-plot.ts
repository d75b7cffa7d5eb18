/** How a chart is drawn by uPlot. */
import uPlot from 'uplot';
import type { Range } from './axis-range.ts';
import { dashesOf, type Line, ringIndices } from './chart-lines.ts';
import { type ChartTheme, chartTheme } from './chart-theme.ts';

export interface PlotOptions {
  readonly width: number;
  readonly height: number;
  readonly log: boolean;
  readonly group: string;
  readonly formatX: (x: number) => string;
  readonly formatTick: (y: number) => string;
  /** The cursor is at this index of x, or gone. */
  readonly moved: (index: number | undefined) => void;
  readonly zoom: (range: Range | undefined) => void;
}

const AXIS_WIDTH = 46;
const AXIS_HEIGHT = 22;
/** For half a label of the axis, and for letters at the ends of lines. */
const ROOM_AT_END = 14;
/** A drag of fewer pixels is a click. */
const SHORTEST_DRAG = 5;
/** More would cover the line. */
const MOST_RINGS = 60;

/** What can not change in a plot once it is made. */
export function plotShape(lines: readonly Line[], log: boolean): string {
  return JSON.stringify([log, lines.map(({ style, look, tag }) => [style, look, tag])]);
}

/** Makes a plot without data; its scales are set from outside. */
export function createPlot(parent: HTMLElement, lines: readonly Line[], options: PlotOptions): uPlot {
  const theme = chartTheme(parent);
  const { width, height, log, group, moved, zoom } = options;
  const asGiven = (_: uPlot, min: number, max: number): uPlot.Range.MinMax => [min, max];
  const reset = () => {
    zoom(undefined);
    return null;
  };
  return new uPlot(
    {
      width,
      height,
      padding: [6, ROOM_AT_END, 0, 0],
      legend: { show: false },
      cursor: {
        y: false,
        sync: { key: group, setSeries: false, scales: ['x', null] },
        drag: { x: true, y: false, setScale: false, dist: SHORTEST_DRAG },
        bind: { dblclick: () => reset },
        points: { size: 6 },
      },
      scales: {
        x: { time: false, auto: false, range: asGiven },
        // 3: logarithmic; the names are a const enum, which does not exist when modules are compiled one by one
        // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment
        y: { auto: false, range: asGiven, distr: log ? 3 : 1 },
      },
      axes: [xAxis(theme, options), yAxis(theme, options)],
      series: [{}, ...lines.map((line) => series(line, theme))],
      hooks: {
        setCursor: [(plot) => moved(plot.cursor.idx ?? undefined)],
        setSelect: [(plot) => zoomToSelection(plot, zoom)],
        draw: [(plot) => drawTags(plot, lines, theme)],
      },
    },
    [[], ...lines.map(() => [])],
    parent,
  );
}

function series({ label, style, look }: Line, theme: ChartTheme): uPlot.Series {
  const stroke = theme.lines[style % theme.lines.length]!;
  return {
    label,
    stroke,
    alpha: look === 'faint' ? 0.3 : 1,
    width: look === 'faint' ? 1 : 1.75,
    dash: [...dashesOf(style)],
    spanGaps: true,
    points: {
      show: look === 'marked',
      filter: (plot, index) => (look === 'marked' ? ringsOf(plot, index) : null),
      size: 6,
      width: 1.5,
    },
  };
}

function xAxis({ text, grid, font }: ChartTheme, { formatX }: PlotOptions): uPlot.Axis {
  return {
    stroke: text,
    font,
    size: AXIS_HEIGHT,
    gap: 2,
    grid: { show: false },
    ticks: { stroke: grid, width: 1, size: 4 },
    space: 56,
    values: (_, splits) => splits.map(formatX),
  };
}

function yAxis({ text, grid, font }: ChartTheme, { formatTick }: PlotOptions): uPlot.Axis {
  return {
    stroke: text,
    font,
    size: AXIS_WIDTH,
    gap: 4,
    grid: { stroke: grid, width: 0.5 },
    ticks: { show: false },
    space: 28,
    values: (_, splits) => splits.map((value: number | null) => (value === null ? '' : formatTick(value))),
  };
}

function zoomToSelection(plot: uPlot, zoom: PlotOptions['zoom']): void {
  const { left, width } = plot.select;
  if (width < SHORTEST_DRAG) return;
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  zoom({ min: plot.posToVal(left, 'x'), max: plot.posToVal(left + width, 'x') });
}

/** A letter where a line ends, in its colour. */
function drawTags(plot: uPlot, lines: readonly Line[], theme: ChartTheme): void {
  const { ctx } = plot;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.font = theme.font.replace('11px', `${11 * ratio}px`);
  ctx.textBaseline = 'middle';
  lines.forEach((line, i) => {
    if (line.tag === undefined) return;
    const end = lastShown(plot, plot.data[i + 1]!);
    if (end === undefined) return;
    ctx.fillStyle = theme.lines[line.style % theme.lines.length]!;
    ctx.fillText(
      line.tag,
      plot.valToPos(plot.data[0][end]!, 'x', true) + 4 * ratio,
      plot.valToPos(plot.data[i + 1]![end]!, 'y', true),
    );
  });
  ctx.restore();
}

function lastShown(plot: uPlot, values: ArrayLike<number | null | undefined>): number | undefined {
  const max = plot.scales.x?.max ?? Infinity;
  for (let i = values.length - 1; i >= 0; i--) {
    if ((values[i] ?? null) !== null && plot.data[0][i]! <= max) return i;
  }
  return undefined;
}

function ringsOf(plot: uPlot, index: number): number[] {
  const { min, max } = plot.scales.x ?? {};
  return ringIndices(plot.data[0], plot.data[index] ?? [], MOST_RINGS, min, max);
}
