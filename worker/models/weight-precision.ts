/** How precise a model's frozen weights are: 4 or 8 bits with a scale for each block of 32, or as they were trained. */
export const WEIGHT_PRECISIONS = ['float32', 'int8', 'int4'] as const;

export type WeightPrecision = (typeof WEIGHT_PRECISIONS)[number];
