/** What a low-rank update does to the weights that it is added to. */
import { Matrix, QrDecomposition, SingularValueDecomposition } from 'ml-matrix';

/**
 * The singular values of B A, the largest first, R of them: B [out, R], A [R, in], both row by row. Those of the R x R
 * matrix that is left between the two orthogonal factors of B = Q S and A^T = P T: B A = Q (S T^T) P^T.
 */
export function singularValues(
  b: Float32Array,
  a: Float32Array,
  { rank, input, output }: { readonly rank: number; readonly input: number; readonly output: number },
): number[] {
  const inner = triangle(matrix(b, output, rank)).mmul(
    triangle(matrix(a, rank, input).transpose()).transpose(),
  );
  return new SingularValueDecomposition(inner, {
    computeLeftSingularVectors: false,
    computeRightSingularVectors: false,
    autoTranspose: true,
  }).diagonal.map((value) => Math.abs(value));
}

/** The root of the sum of squares: of a matrix its Frobenius norm, and of its singular values the same. */
export function frobenius(values: Iterable<number>): number {
  let sum = 0;
  for (const value of values) sum += value ** 2;
  return Math.sqrt(sum);
}

function matrix(values: Float32Array, rows: number, columns: number): Matrix {
  return Matrix.from1DArray(rows, columns, values);
}

function triangle(tall: Matrix): Matrix {
  return new QrDecomposition(tall).upperTriangularMatrix;
}
