// AssemblyScript, compiled by scripts/kernels.js into adamw.wasm.ts: loops over float32 arrays in WebAssembly memory.
// Counts are multiples of 4; addresses are in bytes.

/** The sum of squares of n floats, in double precision. */
export function squares(x: usize, n: usize): f64 {
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  const end = x + (n << 2);
  for (; x < end; x += 16) {
    const four = v128.load(x);
    const first = f64x2.promote_low_f32x4(four);
    const second = f64x2.promote_low_f32x4(v128.shuffle<u64>(four, four, 1, 1));
    low = f64x2.add(low, f64x2.mul(first, first));
    high = f64x2.add(high, f64x2.mul(second, second));
  }
  const sum = f64x2.add(low, high);
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/**
 * One AdamW step over n elements, the form of ../adamw.ts: parameters p, gradients g, first and second moments m, v.
 * `gm` and `gv` multiply the gradient on its way into each moment.
 */
export function adamw(
  p: usize,
  g: usize,
  m: usize,
  v: usize,
  n: usize,
  beta1: f32,
  gm: f32,
  beta2: f32,
  gv: f32,
  stepSize: f32,
  epsilon: f32,
  keep: f32,
): void {
  const BETA1 = f32x4.splat(beta1);
  const BETA2 = f32x4.splat(beta2);
  const GM = f32x4.splat(gm);
  const GV = f32x4.splat(gv);
  const STEP = f32x4.splat(stepSize);
  const EPSILON = f32x4.splat(epsilon);
  const KEEP = f32x4.splat(keep);
  const bytes = n << 2;
  for (let i: usize = 0; i < bytes; i += 16) {
    const gradient = v128.load(g + i);
    const scaled = f32x4.mul(gradient, GV);
    const mean = f32x4.add(f32x4.mul(v128.load(m + i), BETA1), f32x4.mul(gradient, GM));
    const variance = f32x4.add(f32x4.mul(v128.load(v + i), BETA2), f32x4.mul(scaled, scaled));
    const step = f32x4.div(f32x4.mul(mean, STEP), f32x4.add(f32x4.sqrt(variance), EPSILON));
    v128.store(m + i, mean);
    v128.store(v + i, variance);
    v128.store(p + i, f32x4.sub(f32x4.mul(v128.load(p + i), KEEP), step));
  }
}
