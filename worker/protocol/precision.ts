/** What runs compute in, for those who offer and show it. */
export { type ComputePrecision, ComputePrecisionSchema, precisionText } from '../training/precision-name.ts';
