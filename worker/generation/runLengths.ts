/**
 * Tokens that one run may read, and what a run costs in runs of a single token. A run of few tokens costs what
 * reading the weights costs; from there the cost grows with the tokens (bench/decode.ts measures it).
 */
const RUNS = [
  { length: 128, cost: 9 },
  { length: 16, cost: 2 },
  { length: 1, cost: 1 },
] as const;

/** From here on a run spends its time on arithmetic, and packing the weights ahead gains nothing. */
const SHORTEST_UNPACKED = 128;

/**
 * On webgpu, ONNX Runtime 1.30 attends from 32 queries on with a kernel that is wrong where subgroups have another
 * size than it was written for (4 on SwiftShader; for NVIDIA's 32 see microsoft/onnxruntime pull request 28520).
 */
const LONGEST_ON_GPU = 16;

/**
 * How many rows the next run has when `count` tokens are to be read: the longest run that costs no more than shorter
 * ones would for the same tokens. It may be longer than `count`, but not than `room`, the free positions.
 */
export function nextRunLength(count: number, room: number, onHost: boolean): number {
  const limit = onHost ? room : Math.min(room, LONGEST_ON_GPU);
  const fitting = RUNS.filter(({ length }) => length <= limit);
  const chosen = fitting.find(({ length, cost }, i) => {
    const shorter = fitting[i + 1];
    return (
      shorter === undefined || cost <= Math.ceil(Math.min(count, length) / shorter.length) * shorter.cost
    );
  });
  return chosen!.length;
}

/** Whether a run of this length is faster with the weights packed. */
export function packsWeights(length: number): boolean {
  return length < SHORTEST_UNPACKED;
}
