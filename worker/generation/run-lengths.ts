/**
 * Tokens that one run may read, and what a run costs in runs of a single token, for weights of hundreds of MB on two
 * cores. Runs of few tokens cost what reading the weights costs; from there the cost grows with the tokens. The short
 * ones have the weights packed, which makes them twice as fast and takes a copy of the weights each.
 */
const HOST_RUNS = [
  { length: 128, cost: 10 },
  { length: 32, cost: 5 },
  { length: 4, cost: 1.2 },
  { length: 1, cost: 1 },
] as const;

/**
 * On webgpu, ONNX Runtime 1.30 attends from 32 queries on with a kernel that is wrong where subgroups have another
 * size than it was written for (4 on SwiftShader; for NVIDIA's 32 see microsoft/onnxruntime pull request 28520).
 */
const GPU_RUNS = [
  { length: 16, cost: 1.2 },
  { length: 4, cost: 1.1 },
  { length: 1, cost: 1 },
] as const;

/** Runs of up to this many tokens give the logits of each of them. */
export const SHORT_RUN = 4;

/**
 * How many rows the next run has when `count` tokens are to be read: the longest run that costs no more than shorter
 * ones would for the same tokens. It may be longer than `count`, but not than `room`, the free positions.
 */
export function nextRunLength(count: number, room: number, onHost: boolean): number {
  const fitting = fittingRuns(room, onHost);
  const chosen = fitting.find(({ length, cost }, i) => {
    const shorter = fitting[i + 1];
    return (
      shorter === undefined || cost <= Math.ceil(Math.min(count, length) / shorter.length) * shorter.cost
    );
  });
  return chosen!.length;
}

/** The lengths of runs that {@link nextRunLength} chooses from. */
export function runLengths(room: number, onHost: boolean): number[] {
  return fittingRuns(room, onHost).map(({ length }) => length);
}

function fittingRuns(room: number, onHost: boolean): { length: number; cost: number }[] {
  return (onHost ? HOST_RUNS : GPU_RUNS).filter(({ length }) => length <= room);
}
