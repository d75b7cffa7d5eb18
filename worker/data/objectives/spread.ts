/** Numbers of the samples of each batch of an evaluation. */
export interface SpreadOptions {
  /** Samples that there are. */
  readonly samples: number;
  /** B, samples in a batch. */
  readonly batch: number;
  /** At most so many batches (default: all). */
  readonly batches?: number | undefined;
}

/** All samples in order, or as many as `batches` batches hold, spread evenly over the whole. */
export function* spread({ samples, batch, batches = Infinity }: SpreadOptions): Generator<number[]> {
  const taken = Math.min(samples, batch * batches);
  for (let first = 0; first < taken; first += batch) {
    const rows = Math.min(batch, taken - first);
    yield Array.from({ length: rows }, (_, row) => Math.floor(((first + row) * samples) / taken));
  }
}
