/** The two divisors of n that lie nearest to a target: what to choose where heads do not divide a width. */
export function divisorsNear(n: number, target: number): number[] {
  const divisors = Array.from({ length: n }, (_, i) => i + 1).filter((d) => n % d === 0);
  return divisors.sort((a, b) => Math.abs(a - target) - Math.abs(b - target)).slice(0, 2);
}
