/** What a model is fed: one text, or a pair. */
export interface ModelInput {
  /** [T]. */
  readonly ids: Int32Array;
  /** [T], of an encoder. */
  readonly segments: Int32Array;
}

/** The feeds of a program for a fixed length. A decoder takes the ids alone: no token sees what follows it. */
export function paddedFeeds({ ids, segments }: ModelInput, length: number): Record<string, Int32Array> {
  const padded = (values: Int32Array): Int32Array => {
    const all = new Int32Array(length);
    all.set(values);
    return all;
  };
  return {
    ids: padded(ids),
    segments: padded(segments),
    mask: new Int32Array(length).fill(1, 0, ids.length),
  };
}
