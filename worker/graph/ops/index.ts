/** Every op and the functions that apply them. */
export * from './activation.ts';
export * from './attention.ts';
export * from './dropout.ts';
export * from './elementwise.ts';
export * from './embedding.ts';
export * from './grouped.ts';
export * from './matmul.ts';
export { type Bits, BLOCK } from './matmul-n-bits.ts';
export * from './norm.ts';
export * from './quantised.ts';
export * from './quantised-grouped.ts';
export * from './reduce.ts';
export * from './routing.ts';
export * from './shape.ts';
export * from './softmax.ts';
