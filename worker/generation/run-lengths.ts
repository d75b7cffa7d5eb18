/** Tokens that one run reads at most on the host: cancelling waits for no more. Fewer cost what they cost. */
export const HOST_RUN = 128;

/**
 * Tokens that one run may read on a GPU, and what a run costs in runs of a single token.
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

/** Rows whose logits a run on a GPU gives. */
export function pickedRows(length: number): number {
  return length <= SHORT_RUN ? length : 1;
}

/**
 * How many rows the next run on a GPU has when `count` tokens are to be read: the longest run that costs no more than
 * shorter ones would for the same tokens. It may be longer than `count`, but not than `room`, the free positions.
 */
export function nextRunLength(count: number, room: number): number {
  const fitting = fittingRuns(room);
  const chosen = fitting.find(({ length, cost }, i) => {
    const shorter = fitting[i + 1];
    return (
      shorter === undefined || cost <= Math.ceil(Math.min(count, length) / shorter.length) * shorter.cost
    );
  });
  return chosen!.length;
}

/** The lengths of runs that {@link nextRunLength} chooses from. */
export function runLengths(room: number): number[] {
  return fittingRuns(room).map(({ length }) => length);
}

function fittingRuns(room: number): { length: number; cost: number }[] {
  return GPU_RUNS.filter(({ length }) => length <= room);
}
