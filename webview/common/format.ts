/** Figures as our pages write them. */

/** 1234567 as 1,234,567. */
export function formatCount(count: number): string {
  return Math.round(count).toLocaleString('en-US');
}

/** 1 file, 378 files. */
export function formatFiles(count: number): string {
  return `${formatCount(count)} ${count === 1 ? 'file' : 'files'}`;
}

const SHORT: readonly (readonly [number, string])[] = [
  [1e9, 'B'],
  [1e6, 'M'],
  [1e3, 'k'],
];

/** Three digits and a unit: 804 k, 4.21 M, 1.56 B. */
export function formatShort(count: number): string {
  const found = SHORT.find(([unit]) => Math.abs(count) >= unit * 0.9995);
  if (found === undefined) return formatNumber(count);
  return `${formatNumber(count / found[0])} ${found[1]}`;
}

/** Bytes in powers of 1024: 3.2 GiB. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  return `${formatNumber(bytes / 1024 ** power)} ${units[power]!}`;
}

/** Seconds as 8 s, 2 min 5 s, 1 h 2 min. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return join(Math.floor(whole / 60), 'min', whole % 60, 's');
  const minutes = Math.round(whole / 60);
  return join(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
}

/** Three significant digits: 0.0123, 4.5, 678; 1.2e-7 where it is very small. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size >= 999.5) return formatCount(value);
  if (size > 0 && size < 0.001) return value.toExponential(1);
  return String(Number(value.toPrecision(3)));
}

/** A loss in nats, always as wide: 1.7520. */
export function formatLoss(loss: number): string {
  return loss.toFixed(loss >= 10 ? 3 : 4);
}

/** A learning rate: 1.00e-3. */
export function formatRate(rate: number): string {
  return rate === 0 ? '0' : rate.toExponential(2);
}

/** A share of one, in per cent. */
export function formatShare(share: number): string {
  return `${Math.floor(share * 100)} %`;
}

function join(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** A message as a sentence: a capital first, a full stop last. */
export function sentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?:]$/.test(capital) ? capital : `${capital}.`;
}
